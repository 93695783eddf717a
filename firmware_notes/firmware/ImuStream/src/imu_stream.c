#include "imu_stream.h"

#include <string.h>

/* Flags of byte 0, kept with each sample so that overflow needs no bookkeeping; a packet has those of its samples. */
enum {
    DISCONTINUITY = 1,
    MARKER = 2,
    BATTERY_LOW = 4,
    CLIPPED = 8,
    SENT_FLAGS = 15,
    GAP = 16 /* never sent: the index jumps here, so that a new packet must begin */
};

enum { RUNNING = 1, ACC_OK = 2, GYR_OK = 4, OVERFLOWED = 8 }; /* byte 1 of the status */

enum { ATT_HEADER_BYTES = 3, SMALLEST_MTU = 23, STATUS_PAUSE_US = 1000000 };

/* Checked by the compiler: slots are found by masking, and the status sends the bits of a float. */
typedef char ring_is_a_power_of_two[(IMU_STREAM_RING_SAMPLES & (IMU_STREAM_RING_SAMPLES - 1)) == 0 ? 1 : -1];
typedef char float_has_32_bits[sizeof(float) == 4 ? 1 : -1];

static uint8_t *put_u16(uint8_t *to, uint16_t value) {
    to[0] = (uint8_t)value;
    to[1] = (uint8_t)(value >> 8);
    return to + 2;
}

static uint8_t *put_u32(uint8_t *to, uint32_t value) {
    return put_u16(put_u16(to, (uint16_t)value), (uint16_t)(value >> 16));
}

static uint8_t *put_f32(uint8_t *to, float value) {
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits); /* IEEE 754 on every chip this is meant for */
    return put_u32(to, bits);
}

static uint16_t get_u16(const uint8_t *from) { return (uint16_t)(from[0] | from[1] << 8); }

static imu_stream_sample *slot(imu_stream *stream, uint32_t number) {
    return &stream->ring[number & (IMU_STREAM_RING_SAMPLES - 1)];
}

static uint32_t held(const imu_stream *stream) { return stream->pushed - stream->taken; }

/* The most samples one packet may hold now: the host's or our wish, and what the MTU has room for. */
static uint8_t packet_samples(const imu_stream *stream) {
    uint16_t room = (uint16_t)(stream->mtu - ATT_HEADER_BYTES);
    uint8_t wanted = stream->max_samples ? stream->max_samples : (uint8_t)IMU_STREAM_AUTO_SAMPLES;
    if (room > IMU_STREAM_MAX_PACKET_BYTES) {
        room = IMU_STREAM_MAX_PACKET_BYTES;
    }
    room = (uint16_t)((room - IMU_STREAM_HEADER_BYTES) / IMU_STREAM_SAMPLE_BYTES);
    return wanted < room ? wanted : (uint8_t)room;
}

void imu_stream_init(imu_stream *stream, const imu_stream_sensor *sensor) {
    memset(stream, 0, sizeof *stream);
    stream->sensor = *sensor;
    stream->mtu = SMALLEST_MTU;
    stream->status_changed = true;
}

bool imu_stream_read_config(const imu_stream *stream, const uint8_t *bytes, size_t length,
                            imu_stream_request *request) {
    if (length != IMU_STREAM_CONFIG_BYTES || bytes[0] != IMU_STREAM_VERSION || bytes[1] > IMU_STREAM_SET) {
        return false;
    }
    request->command = (imu_stream_command)bytes[1];
    request->rate_hz = get_u16(bytes + 2);
    request->acc_range_g = bytes[4];
    request->max_samples = bytes[5];
    request->gyr_range_dps = get_u16(bytes + 6);
    if (request->command == IMU_STREAM_SET && stream->is_running) {
        return false; /* samples under way would be scaled wrongly: ranges stay fixed while streaming */
    }
    if (request->rate_hz == 0) {
        request->rate_hz = stream->sensor.rate_hz;
    }
    if (request->acc_range_g == 0) {
        request->acc_range_g = stream->sensor.acc_range_g;
    }
    if (request->gyr_range_dps == 0) {
        request->gyr_range_dps = stream->sensor.gyr_range_dps;
    }
    return true;
}

void imu_stream_apply(imu_stream *stream, const imu_stream_request *request, const imu_stream_sensor *sensor) {
    stream->sensor = *sensor;
    if (request->command != IMU_STREAM_STOP) { /* the zeros of a stop mean nothing */
        stream->max_samples = request->max_samples;
    }
    stream->is_running = request->command == IMU_STREAM_START;
    stream->taken = stream->pushed;
    stream->next_flags = DISCONTINUITY;
    stream->status_changed = true;
}

uint16_t imu_stream_choose(uint16_t wanted, const uint16_t *offered, size_t count) {
    size_t i = 0;
    while (i + 1 < count && offered[i] < wanted) {
        i++;
    }
    return offered[i];
}

void imu_stream_set_mtu(imu_stream *stream, uint16_t mtu) {
    uint8_t before = packet_samples(stream);
    stream->mtu = mtu > SMALLEST_MTU ? mtu : (uint16_t)SMALLEST_MTU;
    stream->status_changed |= packet_samples(stream) != before;
}

bool imu_stream_is_running(const imu_stream *stream) { return stream->is_running; }

void imu_stream_disconnected(imu_stream *stream) {
    stream->is_running = false;
    stream->taken = stream->pushed;
    imu_stream_set_mtu(stream, SMALLEST_MTU);
    stream->status_changed = true;
}

/* Samples the sensor must have overwritten since the last push, by the clock. A sample that is merely read late comes
 * less than one period late, so up to 7/4 of a period nothing is missing; the quarter is for the sensor's own clock. */
static uint16_t overwritten(const imu_stream *stream, uint32_t t_us) {
    uint32_t period_us = (stream->sensor.period_ns + 500) / 1000;
    uint32_t passed_us = t_us - stream->last_t_us;
    if ((stream->next_flags & DISCONTINUITY) || period_us == 0 || passed_us < period_us + period_us / 4 * 3) {
        return 0;
    }
    return (uint16_t)((passed_us - period_us / 4 * 3) / period_us);
}

static bool is_clipped(const int16_t counts[6]) {
    int axis;
    for (axis = 0; axis < 6; axis++) {
        if (counts[axis] == INT16_MAX || counts[axis] == INT16_MIN) {
            return true;
        }
    }
    return false;
}

static void drop_oldest(imu_stream *stream) {
    uint8_t lost_flags = slot(stream, stream->taken)->flags;
    stream->taken++;
    slot(stream, stream->taken)->flags |= (uint8_t)(DISCONTINUITY | (lost_flags & MARKER)); /* a press is not lost */
    stream->has_overflowed = true;
}

void imu_stream_push(imu_stream *stream, uint32_t t_us, const int16_t counts[6]) {
    imu_stream_sample *sample;
    uint16_t missing;
    if (!stream->is_running) {
        return;
    }
    if (held(stream) == IMU_STREAM_RING_SAMPLES) {
        drop_oldest(stream);
    }
    missing = overwritten(stream, t_us);
    sample = slot(stream, stream->pushed);
    memcpy(sample->counts, counts, sizeof sample->counts);
    sample->t_us = t_us;
    sample->index = (uint16_t)(stream->next_index + missing);
    sample->flags = (uint8_t)(stream->next_flags | (missing ? GAP : 0) | (is_clipped(counts) ? CLIPPED : 0));
    stream->next_index = (uint16_t)(sample->index + 1);
    stream->next_flags = 0;
    stream->last_t_us = t_us;
    stream->pushed++;
}

void imu_stream_mark(imu_stream *stream) { stream->next_flags |= MARKER; } /* a start forgets presses before it */

void imu_stream_set_battery_low(imu_stream *stream, bool is_low) { stream->battery_is_low = is_low; }

size_t imu_stream_packet(imu_stream *stream, uint32_t now_us, uint8_t packet[IMU_STREAM_MAX_PACKET_BYTES]) {
    const imu_stream_sample *first = slot(stream, stream->taken);
    const uint8_t most = packet_samples(stream);
    uint8_t flags = stream->battery_is_low ? BATTERY_LOW : 0;
    uint8_t samples = 0;
    uint8_t *to = packet + IMU_STREAM_HEADER_BYTES;
    bool is_due = false;
    uint32_t age_us;
    int axis;

    while (samples < most && samples < held(stream) && !is_due) {
        const imu_stream_sample *sample = slot(stream, stream->taken + samples);
        if (samples > 0 && (sample->flags & GAP)) {
            is_due = true; /* nothing more can join this packet; a discontinuity is only ever at the oldest sample */
        } else {
            flags |= sample->flags & SENT_FLAGS;
            for (axis = 0; axis < 6; axis++) {
                to = put_u16(to, (uint16_t)sample->counts[axis]);
            }
            samples++;
        }
    }
    if (samples == 0) {
        return 0;
    }
    age_us = now_us - first->t_us; /* a sample taken after now_us was read looks half a wrap old: not due */
    is_due = is_due || samples == most || (age_us >= IMU_STREAM_MAX_DELAY_US && age_us < UINT32_MAX / 2);
    if (!is_due) {
        return 0;
    }
    packet[0] = (uint8_t)(IMU_STREAM_VERSION << 4 | flags);
    packet[1] = samples;
    put_u32(put_u16(packet + 2, first->index), first->t_us);
    stream->offered = stream->taken + samples;
    return (size_t)(to - packet);
}

void imu_stream_sent(imu_stream *stream) {
    /* Overflow or a restart may have taken these samples meanwhile; never step back. */
    if (stream->offered - stream->taken <= held(stream)) {
        stream->taken = stream->offered;
    }
}

bool imu_stream_status_is_due(const imu_stream *stream, uint32_t now_us) {
    return stream->status_changed || (stream->has_overflowed && now_us - stream->status_t_us >= STATUS_PAUSE_US);
}

void imu_stream_status(imu_stream *stream, uint32_t now_us, uint8_t status[IMU_STREAM_STATUS_BYTES]) {
    const imu_stream_sensor *sensor = &stream->sensor;
    uint8_t *to = status;
    *to++ = IMU_STREAM_VERSION;
    *to++ = (uint8_t)((stream->is_running ? RUNNING : 0) | (sensor->acc_is_ok ? ACC_OK : 0) |
                      (sensor->gyr_is_ok ? GYR_OK : 0) | (stream->has_overflowed ? OVERFLOWED : 0));
    to = put_u16(to, sensor->rate_hz);
    *to++ = sensor->acc_range_g;
    *to++ = packet_samples(stream);
    to = put_u16(to, sensor->gyr_range_dps);
    to = put_u32(to, sensor->period_ns);
    to = put_f32(to, sensor->acc_mps2_per_count);
    put_f32(to, sensor->gyr_radps_per_count);
    stream->status_changed = false;
    stream->has_overflowed = false;
    stream->status_t_us = now_us;
}
