/* Runs one sketch (SKETCH) on the desk: a chip made of registers, a host that connects, starts, stops and leaves.
 * Commands on stdin: setup; connect MTU; write HEX; reg PLACE HEX; get PLACE; button 0|1; sample US (one look at the
 * chip at that time); loop (until nothing more is sent); disconnect; name. Answers: UUID HEX for every notification. */
#include SKETCH

uint32_t desk::now_us = 1000000;
bool desk::button_is_down = false;
static unsigned told = 0;
void desk::tell(const char *characteristic, const uint8_t *bytes, size_t length) {
    told++;
    printf("%s ", characteristic);
    while (length--) printf("%02x", *bytes++);
    printf("\n");
}

EspClass ESP;
TwoWire Wire, Wire1;

#ifdef IMU_STREAM_NIMBLE_H
std::string NimBLEDevice::name;
NimBLEServer NimBLEDevice::server;
NimBLEAdvertising NimBLEDevice::advertising;
static NimBLEConnInfo host;
static TwoWire &bus = Wire;

static void connect(unsigned mtu) {
    NimBLEServer &server = NimBLEDevice::server;
    server.callbacks->onConnect(&server, host);
    server.callbacks->onMTUChange((uint16_t)mtu, host);
    data_value->callbacks->onSubscribe(data_value, host, 1);
}
static void disconnect() { NimBLEDevice::server.callbacks->onDisconnect(&NimBLEDevice::server, host, 0); }
static void write_config(const uint8_t *bytes, size_t length) {
    status_value->setValue(bytes, length);
    status_value->callbacks->onWrite(status_value, host);
}
static const char *name() { return NimBLEDevice::name.c_str(); }
#else
#include "nrf.h"
BLELocalDevice BLE;
ATTClass ATT;
NrfPort nrf_port_1;
static TwoWire &bus = Wire1;

static void connect(unsigned mtu) {
    BLE.is_connected = true;
    ATT.negotiated = (uint16_t)mtu;
}
static void disconnect() {
    BLE.is_connected = false;
    BLE.disconnected(BLEDevice(false));
}
static void write_config(const uint8_t *bytes, size_t length) { status_value.written_by_host(bytes, (int)length); }
static const char *name() { return BLE.name.c_str(); }
#endif

static size_t bytes_of(const char *text, uint8_t *bytes) {
    size_t length = strlen(text) / 2;
    for (size_t i = 0; i < length; i++) {
        unsigned value;
        sscanf(text + 2 * i, "%2x", &value);
        bytes[i] = (uint8_t)value;
    }
    return length;
}

int main() {
    char line[1024], text[1024];
    uint8_t bytes[512];
    unsigned number;
    while (fgets(line, sizeof line, stdin)) {
        if (!strcmp(line, "setup\n")) {
            setup();
        } else if (sscanf(line, "connect %u", &number) == 1) {
            connect(number);
        } else if (sscanf(line, "write %s", text) == 1) {
            write_config(bytes, bytes_of(text, bytes));
        } else if (sscanf(line, "reg %x %s", &number, text) == 2) {
            memcpy(bus.registers + number, bytes, bytes_of(text, bytes));
        } else if (sscanf(line, "get %x", &number) == 1) {
            printf("%02x\n", bus.registers[number]);
        } else if (sscanf(line, "button %u", &number) == 1) {
            desk::button_is_down = number;
        } else if (sscanf(line, "sample %u", &number) == 1) {
            desk::now_us = number;
            sample_once();
        } else if (!strcmp(line, "loop\n")) {
            unsigned before;
            do {
                before = told;
                loop();
            } while (told != before);
        } else if (!strcmp(line, "disconnect\n")) {
            disconnect();
        } else if (!strcmp(line, "name\n")) {
            printf("%s %02x\n", name(), bus.address);
        } else {
            fprintf(stderr, "not a command: %s", line);
            return 2;
        }
    }
}
