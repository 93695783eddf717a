/* IMU Stream over ArduinoBLE on a board whose Arduino core is built on mbed (Nano 33 BLE, XIAO nRF52840). Include it in
 * one sketch, which defines the functions of imu_stream_sketch.h and calls begin_radio in setup and run_radio in loop.
 *
 * Two things ArduinoBLE does that shape this file:
 * - writeValue waits until the radio has room, so samples are taken in a thread of their own;
 * - a value the host writes to a characteristic that also notifies is notified back to it as it is. The host must skip
 *   values of the status characteristic that are not 20 bytes long; the status follows at once.
 */
#ifndef IMU_STREAM_ARDUINO_BLE_H
#define IMU_STREAM_ARDUINO_BLE_H

#include <ArduinoBLE.h>
#include <mbed.h>
#include <rtos.h>
#include <stdlib.h>
#include <utility/ATT.h> /* the only way to learn the negotiated MTU; writeValue cuts longer values without a word */

#include "imu_stream_sketch.h"

namespace imu_stream_sketch {

static BLEService service(IMU_STREAM_SERVICE_UUID);
static BLECharacteristic data_value(IMU_STREAM_DATA_UUID, BLENotify, IMU_STREAM_MAX_PACKET_BYTES);
static BLECharacteristic status_value(IMU_STREAM_STATUS_UUID, BLERead | BLEWrite | BLENotify, IMU_STREAM_STATUS_BYTES);
static rtos::Mutex lock;
static rtos::Thread sampler(osPriorityAboveNormal, 2048);

static void sample_forever() {
    for (;;) {
        lock.lock();
        sample_once();
        const bool is_running = imu_stream_is_running(&stream);
        lock.unlock();
        rtos::ThisThread::sleep_for(std::chrono::milliseconds(is_running ? 1 : 20));
    }
}

static void publish_status() {
    uint8_t bytes[IMU_STREAM_STATUS_BYTES];
    lock.lock();
    imu_stream_status(&stream, micros(), bytes);
    lock.unlock();
    status_value.writeValue(bytes, sizeof bytes);
}

static void on_config(BLEDevice, BLECharacteristic) {
    lock.lock();
    obey(status_value.value(), (size_t)status_value.valueLength());
    lock.unlock();
    publish_status(); /* before this returns: the value holds the host's bytes, its next read wants the status */
}

static void on_disconnected(BLEDevice) {
    lock.lock();
    sleep_sensor();
    lock.unlock();
}

/* 23 until the central has asked for more. Its address type is not told to sketches: 0 is public, 1 random. */
static uint16_t negotiated_mtu(const String &address) {
    uint8_t bytes[6];
    for (int i = 0; i < 6; i++) {
        bytes[5 - i] = (uint8_t)strtoul(address.c_str() + 3 * i, nullptr, 16);
    }
    for (uint8_t type = 0; type < 2; type++) {
        const uint16_t connection = ATT.connectionHandle(type, bytes);
        if (connection != 0xffff) {
            return ATT.mtu(connection);
        }
    }
    return 23;
}

/* `info` is UTF-8 key=value;... of the board; marker_pin has a button to ground. */
inline void begin_radio(const char *info, int marker_pin) {
    static BLECharacteristic info_value(IMU_STREAM_INFO_UUID, BLERead, info);
    static char name[] = "IMU-0000"; /* 8 characters fit into the advertisement beside the 128-bit UUID */
    pinMode(marker_pin, INPUT_PULLUP);
    begin_stream();
    while (!BLE.begin()) { /* without a radio there is nothing to do */
        delay(1000);
    }
    const String address = BLE.address(); /* "aa:bb:cc:dd:ee:ff": its last two bytes tell two sensors apart */
    name[4] = (char)toupper(address[12]);
    name[5] = (char)toupper(address[13]);
    name[6] = (char)toupper(address[15]);
    name[7] = (char)toupper(address[16]);
    BLE.setLocalName(name);
    BLE.setDeviceName(name);
    BLE.setAdvertisedService(service);
    BLE.setConnectionInterval(12, 24); /* of 1.25 ms: 15 to 30 ms, what phones allow; the central decides */
    service.addCharacteristic(data_value);
    service.addCharacteristic(status_value);
    service.addCharacteristic(info_value);
    BLE.addService(service);
    status_value.setEventHandler(BLEWritten, on_config);
    BLE.setEventHandler(BLEDisconnected, on_disconnected);
    publish_status();
    BLE.advertise();
    sampler.start(mbed::callback(sample_forever));
}

inline void run_radio(int marker_pin) {
    uint8_t packet[IMU_STREAM_MAX_PACKET_BYTES];
    size_t length;
    BLE.poll();
    BLEDevice central = BLE.central();
    const bool is_connected = central;
    const uint16_t mtu = is_connected ? negotiated_mtu(central.address()) : 23;

    lock.lock();
    imu_stream_set_mtu(&stream, mtu);
    watch(marker_pin);
    const bool status_is_due = imu_stream_status_is_due(&stream, micros());
    length = is_connected && data_value.subscribed() ? imu_stream_packet(&stream, micros(), packet) : 0;
    lock.unlock();

    if (status_is_due) {
        publish_status();
    }
    if (length > 0 && data_value.writeValue(packet, (int)length)) {
        lock.lock();
        imu_stream_sent(&stream);
        lock.unlock();
    } else if (length == 0) {
        delay(is_connected ? 1 : 20); /* lets the processor sleep */
    }
}

}  // namespace imu_stream_sketch

#endif
