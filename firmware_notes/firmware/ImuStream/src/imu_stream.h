/* IMU Stream, version 1: the portable part of a sensor that speaks the profile (imu_stream.md).
 *
 * In: samples with the time they were taken, what the host writes, the MTU. Out: data packets and status values, as
 * bytes to notify. No clock, radio, sensor, heap or lock in here: the board brings them, so the same code runs on any
 * microcontroller and on the desk.
 *
 *     sampling task                        sending task
 *     imu_stream_push(...) -> [ring] ->    imu_stream_packet(...) -> notify -> imu_stream_sent(...)
 *
 * What it promises:
 * - The ring holds at least 2 s; when it is full the OLDEST sample goes and the next packet says so (flag 1).
 * - A packet never exceeds MTU - 3 bytes, and its samples are contiguous in index and settings.
 * - A packet leaves when it is full or its first sample is 100 ms old.
 * - A packet that could not be sent is offered again, with newer samples behind it if there is room.
 * - Index and clock run on through stop and start; both wrap (65536 samples, 2^32 us).
 *
 * Two tasks may use one imu_stream if the caller holds one lock around each call. Calls are short (one packet at most),
 * and none of them notifies: never hold the lock while the radio stack is at work.
 */
#ifndef IMU_STREAM_H
#define IMU_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define IMU_STREAM_SERVICE_UUID "f4ae0001-580f-40c2-8f8b-f8d27670ba63"
#define IMU_STREAM_DATA_UUID "f4ae0002-580f-40c2-8f8b-f8d27670ba63"
#define IMU_STREAM_STATUS_UUID "f4ae0003-580f-40c2-8f8b-f8d27670ba63" /* the host writes its config here too */
#define IMU_STREAM_INFO_UUID "f4ae0004-580f-40c2-8f8b-f8d27670ba63"

enum {
    IMU_STREAM_VERSION = 1,
    IMU_STREAM_CONFIG_BYTES = 8,
    IMU_STREAM_STATUS_BYTES = 20,
    IMU_STREAM_HEADER_BYTES = 8,
    IMU_STREAM_SAMPLE_BYTES = 12,
    IMU_STREAM_MAX_PACKET_BYTES = 244, /* at any MTU: some stacks damage longer values; 19 samples are enough */

    IMU_STREAM_RING_SAMPLES = 512,     /* a power of two; 20 bytes each */
    IMU_STREAM_MAX_RATE_HZ = IMU_STREAM_RING_SAMPLES / 2, /* offer no faster rate: 2 s would not fit */
    IMU_STREAM_AUTO_SAMPLES = 10,      /* packed if the host leaves the choice to us: 100 ms at 100 Hz */
    IMU_STREAM_MAX_DELAY_US = 100000   /* of the oldest sample, for live counting */
};

typedef enum { IMU_STREAM_STOP = 0, IMU_STREAM_START = 1, IMU_STREAM_SET = 2 } imu_stream_command;

/* What the host asked for. imu_stream_read_config has put the present values where the host wrote 0. */
typedef struct {
    imu_stream_command command;
    uint16_t rate_hz;
    uint8_t acc_range_g;
    uint8_t max_samples; /* in a packet; 0 = our choice */
    uint16_t gyr_range_dps;
} imu_stream_request;

/* What the sensor really does: the board fills it in, the host reads it in the status. */
typedef struct {
    uint16_t rate_hz;
    uint8_t acc_range_g;
    uint16_t gyr_range_dps;
    uint32_t period_ns; /* between samples, from the data sheet or measured: 104 Hz -> 9615385 */
    float acc_mps2_per_count;
    float gyr_radps_per_count;
    bool acc_is_ok; /* the chip answered */
    bool gyr_is_ok;
} imu_stream_sensor;

typedef struct {
    int16_t counts[6]; /* ax ay az gx gy gz */
    uint16_t index;
    uint8_t flags;
    uint32_t t_us;
} imu_stream_sample;

/* All of it is private; 10 kB. Zeroing is not enough: call imu_stream_init. */
typedef struct {
    imu_stream_sensor sensor;
    bool is_running;
    bool battery_is_low;
    uint16_t mtu;
    uint8_t max_samples;
    uint16_t next_index;
    uint8_t next_flags; /* for the next sample: restart, marker */
    uint32_t last_t_us;
    uint32_t pushed; /* samples ever put into the ring and ever taken out; both wrap, their difference never lies */
    uint32_t taken;
    uint32_t offered; /* what `taken` becomes when the packet last built has left */
    bool status_changed;
    bool has_overflowed; /* since the last status */
    uint32_t status_t_us;
    imu_stream_sample ring[IMU_STREAM_RING_SAMPLES];
} imu_stream;

/* Stopped, MTU 23, index 0. */
void imu_stream_init(imu_stream *stream, const imu_stream_sensor *sensor);

/* --- the host's wishes ------------------------------------------------------------------------------------------ */

/* What a written value asks for; false if it is no valid config or would change the settings of a running stream
 * without a new start. Any bytes of any length are safe. After true: set the sensor up, then imu_stream_apply. */
bool imu_stream_read_config(const imu_stream *stream, const uint8_t *bytes, size_t length,
                            imu_stream_request *request);

/* Carry a request out. `sensor` is what the sensor does now, which may differ from what was asked for. A start drops
 * what the ring still holds, because it may have been taken with other settings, and flags the next sample. */
void imu_stream_apply(imu_stream *stream, const imu_stream_request *request, const imu_stream_sensor *sensor);

/* The smallest of `offered` (rising) that is at least `wanted`, else the largest. A range too wide costs resolution,
 * one too narrow costs the peaks; a rate too low costs both. */
uint16_t imu_stream_choose(uint16_t wanted, const uint16_t *offered, size_t count);

/* The negotiated ATT MTU, whenever it changes. */
void imu_stream_set_mtu(imu_stream *stream, uint16_t mtu);

bool imu_stream_is_running(const imu_stream *stream);

/* The link is gone: stop, and start over from MTU 23. */
void imu_stream_disconnected(imu_stream *stream);

/* --- samples ---------------------------------------------------------------------------------------------------- */

/* One sample, taken at t_us. Specific force (+1 g on the axis that points up at rest) and angular rate by the
 * right-hand rule, both in the same right-handed axes. Ignored while stopped. If the sampling task came so late that
 * the sensor overwrote samples, the clock shows it and the index skips them. */
void imu_stream_push(imu_stream *stream, uint32_t t_us, const int16_t counts[6]);

/* The button was pressed: the next sample carries the marker. */
void imu_stream_mark(imu_stream *stream);

void imu_stream_set_battery_low(imu_stream *stream, bool is_low);

/* For boards that print their axes the other way round: -(-32768) is no int16 and stays clipped instead. */
static inline int16_t imu_stream_negated(int16_t count) { return (int16_t)(count == INT16_MIN ? INT16_MAX : -count); }

/* --- to the radio ----------------------------------------------------------------------------------------------- */

/* Bytes of the packet that is due, 0 if none is. Call until 0. It stays in the ring until imu_stream_sent. */
size_t imu_stream_packet(imu_stream *stream, uint32_t now_us, uint8_t packet[IMU_STREAM_MAX_PACKET_BYTES]);

/* The packet last built has left. Not called = it is built again. */
void imu_stream_sent(imu_stream *stream);

/* True if the host should hear the status: at once after a change, once a second while samples are lost. */
bool imu_stream_status_is_due(const imu_stream *stream, uint32_t now_us);

/* The status value to store for reads and to notify; also ends `is due` and clears the overflow bit. */
void imu_stream_status(imu_stream *stream, uint32_t now_us, uint8_t status[IMU_STREAM_STATUS_BYTES]);

#ifdef __cplusplus
}
#endif

#endif
