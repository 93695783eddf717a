/* What every sketch shares, whatever its radio library: the sensor's four functions, which the sketch defines, and the
 * sampling and marker logic around the portable part. Included by imu_stream_arduino_ble.h and imu_stream_nimble.h. */
#ifndef IMU_STREAM_SKETCH_H
#define IMU_STREAM_SKETCH_H

#include <Arduino.h>
#include <Wire.h>

#include "imu_stream.h"

/* --- the sketch defines these; they are never called at the same time ------------------------------------------- */

/* Wake the bus, find the chip, leave it asleep. False if it does not answer. */
bool sensor_begin();
/* Set the chip to what comes closest to the request, switch it on unless it asks to stop, and say what it does now. */
void sensor_apply(const imu_stream_request &request, imu_stream_sensor &sensor);
/* The next sample, in the profile's axes; false if there is none yet. Must not wait. */
bool sensor_read(int16_t counts[6]);
bool battery_is_low();

namespace imu_stream_sketch {

constexpr float GRAVITY_MPS2 = 9.80665f;
constexpr float RADIANS_PER_DEGREE = 0.017453292519943295f;
constexpr uint32_t SETTLE_MS = 100;          /* samples thrown away after a start: gyroscopes need up to 80 ms */
constexpr uint32_t MARKER_PAUSE_MS = 300;    /* a button bounces for some ms; nobody means two marks in 0.3 s */
constexpr uint32_t BATTERY_PAUSE_MS = 10000;

/* The registers of one chip on an I2C bus. */
struct Registers {
    TwoWire &bus;
    uint8_t address;

    bool write(uint8_t place, uint8_t value) {
        bus.beginTransmission(address);
        bus.write(place);
        bus.write(value);
        return bus.endTransmission() == 0;
    }

    bool read(uint8_t place, uint8_t *to, uint8_t count) {
        bus.beginTransmission(address);
        bus.write(place);
        if (bus.endTransmission(false) != 0 || bus.requestFrom(address, (size_t)count, true) != count) {
            return false;
        }
        while (count--) {
            *to++ = (uint8_t)bus.read();
        }
        return true;
    }

    uint8_t get(uint8_t place) {
        uint8_t value = 0;
        return read(place, &value, 1) ? value : 0;
    }
};

inline int16_t little_endian(const uint8_t *bytes) { return (int16_t)(uint16_t)(bytes[0] | bytes[1] << 8); }
inline int16_t big_endian(const uint8_t *bytes) { return (int16_t)(uint16_t)(bytes[1] | bytes[0] << 8); }

static imu_stream stream;
static uint32_t started_ms;

/* Before the radio is up: the profile's defaults, asleep. */
inline void begin_stream() {
    const imu_stream_request asleep = {IMU_STREAM_STOP, 100, 8, 0, 1000};
    imu_stream_sensor sensor = {};
    const bool is_ok = sensor_begin();
    sensor_apply(asleep, sensor);
    sensor.acc_is_ok = sensor.gyr_is_ok = is_ok;
    imu_stream_init(&stream, &sensor);
}

/* A value the host wrote. A bad one changes nothing; the host sees that in the status, which must follow anyway. */
inline void obey(const uint8_t *bytes, size_t length) {
    imu_stream_request request;
    if (imu_stream_read_config(&stream, bytes, length, &request)) {
        imu_stream_sensor sensor = stream.sensor;
        sensor_apply(request, sensor);
        imu_stream_apply(&stream, &request, &sensor);
        started_ms = millis();
    }
}

/* The link is gone: save the battery. */
inline void sleep_sensor() {
    const imu_stream_request asleep = {IMU_STREAM_STOP, stream.sensor.rate_hz, stream.sensor.acc_range_g, 0,
                                       stream.sensor.gyr_range_dps};
    imu_stream_sensor sensor = stream.sensor;
    sensor_apply(asleep, sensor);
    imu_stream_disconnected(&stream);
}

/* Once a millisecond from the sampling task, under the lock. The time is that of the look at the chip's data-ready bit,
 * so it is at most 1 ms late; the host's regression over many packets takes that jitter out. */
inline void sample_once() {
    int16_t counts[6];
    const uint32_t t_us = micros();
    if (imu_stream_is_running(&stream) && sensor_read(counts) && millis() - started_ms >= SETTLE_MS) {
        imu_stream_push(&stream, t_us, counts);
    }
}

/* Button between the pin and ground, and the battery now and then. Under the lock. */
inline void watch(int marker_pin) {
    static uint32_t pressed_ms = 0;
    static uint32_t battery_ms = 0;
    static bool was_down = false;
    const bool is_down = digitalRead(marker_pin) == LOW;
    if (is_down && !was_down && millis() - pressed_ms >= MARKER_PAUSE_MS) {
        imu_stream_mark(&stream);
        pressed_ms = millis();
    }
    was_down = is_down;
    if (battery_ms == 0 || millis() - battery_ms >= BATTERY_PAUSE_MS) {
        battery_ms = millis() | 1;
        imu_stream_set_battery_low(&stream, battery_is_low());
    }
}

}  // namespace imu_stream_sketch

#endif
