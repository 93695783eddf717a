/* IMU Stream over NimBLE-Arduino 2.x on an ESP32. Include it in one sketch, which defines the functions of
 * imu_stream_sketch.h and calls begin_radio in setup and run_radio in loop.
 *
 * The radio stack runs in a task of its own and calls back from there, samples are taken in another one: hence the
 * lock. It is never held while a value is notified.
 */
#ifndef IMU_STREAM_NIMBLE_H
#define IMU_STREAM_NIMBLE_H

#include <NimBLEDevice.h>

#include <mutex>

#include "imu_stream_sketch.h"

namespace imu_stream_sketch {

constexpr uint16_t NOBODY = 0xffff;

static NimBLECharacteristic *data_value;
static NimBLECharacteristic *status_value;
static std::mutex lock;
static volatile uint16_t connection = NOBODY;
static volatile bool is_subscribed = false;

static void sample_forever(void *) {
    for (;;) {
        bool is_running;
        {
            std::lock_guard<std::mutex> guard(lock);
            sample_once();
            is_running = imu_stream_is_running(&stream);
        }
        vTaskDelay(pdMS_TO_TICKS(is_running ? 1 : 20));
    }
}

static void publish_status() {
    uint8_t bytes[IMU_STREAM_STATUS_BYTES];
    {
        std::lock_guard<std::mutex> guard(lock);
        imu_stream_status(&stream, micros(), bytes);
    }
    status_value->setValue(bytes, sizeof bytes);
    if (connection != NOBODY) {
        status_value->notify();
    }
}

class Server : public NimBLEServerCallbacks {
    void onConnect(NimBLEServer *server, NimBLEConnInfo &info) override {
        connection = info.getConnHandle();
        /* 15 to 30 ms (of 1.25 ms), latency 0, timeout 4 s (of 10 ms): what phones allow; the central decides. */
        server->updateConnParams(connection, 12, 24, 0, 400);
    }

    void onDisconnect(NimBLEServer *, NimBLEConnInfo &, int) override {
        connection = NOBODY;
        is_subscribed = false;
        std::lock_guard<std::mutex> guard(lock);
        sleep_sensor();
    }

    void onMTUChange(uint16_t mtu, NimBLEConnInfo &) override {
        std::lock_guard<std::mutex> guard(lock);
        imu_stream_set_mtu(&stream, mtu);
    }
};

class Data : public NimBLECharacteristicCallbacks {
    void onSubscribe(NimBLECharacteristic *, NimBLEConnInfo &, uint16_t notifications) override {
        is_subscribed = notifications & 1;
    }
};

class Config : public NimBLECharacteristicCallbacks {
    void onWrite(NimBLECharacteristic *characteristic, NimBLEConnInfo &) override {
        const NimBLEAttValue written = characteristic->getValue();
        {
            std::lock_guard<std::mutex> guard(lock);
            obey(written.data(), written.size());
        }
        publish_status(); /* before this returns: the value holds the host's bytes, its next read wants the status */
    }
};

/* `info` is UTF-8 key=value;... of the board; marker_pin has a button to ground. */
inline void begin_radio(const char *info, int marker_pin) {
    static Server server_callbacks;
    static Data data_callbacks;
    static Config config_callbacks;
    char name[] = "IMU-0000"; /* 8 characters fit into the advertisement beside the 128-bit UUID */
    pinMode(marker_pin, INPUT_PULLUP);
    begin_stream();
    /* The last two bytes of the chip's address tell two sensors apart; the radio's own address may differ by 2. */
    const uint64_t chip = ESP.getEfuseMac();
    snprintf(name, sizeof name, "IMU-%02X%02X", (unsigned)(chip >> 32 & 0xff), (unsigned)(chip >> 40 & 0xff));
    NimBLEDevice::init(name);
    NimBLEDevice::setMTU(247);
    NimBLEServer *server = NimBLEDevice::createServer();
    server->setCallbacks(&server_callbacks, false);
    server->advertiseOnDisconnect(true);
    NimBLEService *service = server->createService(IMU_STREAM_SERVICE_UUID);
    data_value = service->createCharacteristic(IMU_STREAM_DATA_UUID, NIMBLE_PROPERTY::NOTIFY,
                                               IMU_STREAM_MAX_PACKET_BYTES);
    data_value->setCallbacks(&data_callbacks);
    status_value = service->createCharacteristic(
        IMU_STREAM_STATUS_UUID, NIMBLE_PROPERTY::READ | NIMBLE_PROPERTY::WRITE | NIMBLE_PROPERTY::NOTIFY,
        IMU_STREAM_STATUS_BYTES);
    status_value->setCallbacks(&config_callbacks);
    NimBLECharacteristic *info_value = service->createCharacteristic(IMU_STREAM_INFO_UUID, NIMBLE_PROPERTY::READ);
    info_value->setValue((const uint8_t *)info, strlen(info));
    publish_status();
    service->start();
    NimBLEAdvertising *advertising = NimBLEDevice::getAdvertising();
    advertising->addServiceUUID(IMU_STREAM_SERVICE_UUID);
    advertising->setName(name);
    advertising->start();
    xTaskCreate(sample_forever, "sampler", 4096, nullptr, 5, nullptr);
}

inline void run_radio(int marker_pin) {
    uint8_t packet[IMU_STREAM_MAX_PACKET_BYTES];
    size_t length = 0;
    bool status_is_due;
    {
        std::lock_guard<std::mutex> guard(lock);
        watch(marker_pin);
        status_is_due = imu_stream_status_is_due(&stream, micros());
        if (connection != NOBODY && is_subscribed) {
            length = imu_stream_packet(&stream, micros(), packet);
        }
    }
    if (status_is_due) {
        publish_status();
    }
    /* False while the stack is out of buffers: the packet stays in the ring and is offered again. */
    if (length > 0 && data_value->notify(packet, length, connection)) {
        std::lock_guard<std::mutex> guard(lock);
        imu_stream_sent(&stream);
    } else {
        delay(connection != NOBODY ? 1 : 20);
    }
}

}  // namespace imu_stream_sketch

#endif
