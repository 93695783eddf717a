/* Test driver: commands on stdin, one per line, to the portable firmware; answers on stdout. See conftest.py. */
#include "imu_stream.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static imu_stream stream;

static void print_hex(const uint8_t *bytes, size_t length) {
    size_t i;
    for (i = 0; i < length; i++) {
        printf("%02x", bytes[i]);
    }
    printf(length ? "\n" : "-\n");
}

/* Into a block of exactly this size, so that the sanitizer sees any read beyond it. */
static uint8_t *read_hex(const char *text, size_t *length) {
    uint8_t *bytes;
    size_t i;
    *length = strcmp(text, "-") == 0 ? 0 : strlen(text) / 2;
    bytes = malloc(*length ? *length : 1);
    for (i = 0; i < *length; i++) {
        unsigned value;
        sscanf(text + 2 * i, "%2x", &value);
        bytes[i] = (uint8_t)value;
    }
    return bytes;
}

static imu_stream_sensor sensor_of(const imu_stream_request *request) {
    static const uint16_t rates_hz[] = {25, 50, 104, 200}, acc_g[] = {2, 4, 8, 16}, gyr_dps[] = {250, 500, 1000, 2000};
    imu_stream_sensor sensor = stream.sensor;
    sensor.rate_hz = imu_stream_choose(request->rate_hz, rates_hz, 4);
    sensor.acc_range_g = (uint8_t)imu_stream_choose(request->acc_range_g, acc_g, 4);
    sensor.gyr_range_dps = imu_stream_choose(request->gyr_range_dps, gyr_dps, 4);
    sensor.period_ns = sensor.rate_hz == 104 ? 9615385u : 1000000000u / sensor.rate_hz;
    sensor.acc_mps2_per_count = (float)(sensor.acc_range_g * 9.80665 / 32768);
    sensor.gyr_radps_per_count = (float)(sensor.gyr_range_dps * 0.017453292519943295 / 32768);
    return sensor;
}

int main(void) {
    static char line[4096], text[4096];
    uint8_t *packet = malloc(IMU_STREAM_MAX_PACKET_BYTES);
    uint8_t *status = malloc(IMU_STREAM_STATUS_BYTES);
    while (fgets(line, sizeof line, stdin)) {
        unsigned a, b, c, d;
        unsigned long t;
        int x[6];
        double acc, gyr;
        if (sscanf(line, "init %u %u %u %lu %lf %lf %u", &a, &b, &c, &t, &acc, &gyr, &d) == 7) {
            imu_stream_sensor sensor;
            sensor.rate_hz = (uint16_t)a;
            sensor.acc_range_g = (uint8_t)b;
            sensor.gyr_range_dps = (uint16_t)c;
            sensor.period_ns = (uint32_t)t;
            sensor.acc_mps2_per_count = (float)acc;
            sensor.gyr_radps_per_count = (float)gyr;
            sensor.acc_is_ok = sensor.gyr_is_ok = d != 0;
            imu_stream_init(&stream, &sensor);
        } else if (sscanf(line, "config %s", text) == 1 || sscanf(line, "exactly %s", text) == 1) {
            size_t length;
            uint8_t *bytes = read_hex(text, &length);
            imu_stream_request request;
            bool is_good = imu_stream_read_config(&stream, bytes, length, &request);
            if (is_good) { /* `exactly` keeps the sensor of `init` */
                imu_stream_sensor sensor = line[0] == 'c' ? sensor_of(&request) : stream.sensor;
                imu_stream_apply(&stream, &request, &sensor);
            }
            puts(is_good ? "done" : "refused");
            free(bytes);
        } else if (sscanf(line, "push %lu %d %d %d %d %d %d", &t, x, x + 1, x + 2, x + 3, x + 4, x + 5) == 7) {
            int16_t counts[6];
            int axis;
            for (axis = 0; axis < 6; axis++) {
                counts[axis] = (int16_t)x[axis];
            }
            imu_stream_push(&stream, (uint32_t)t, counts);
        } else if (sscanf(line, "packet %lu", &t) == 1) {
            print_hex(packet, imu_stream_packet(&stream, (uint32_t)t, packet));
        } else if (sscanf(line, "status %lu", &t) == 1) {
            imu_stream_status(&stream, (uint32_t)t, status);
            print_hex(status, IMU_STREAM_STATUS_BYTES);
        } else if (sscanf(line, "due %lu", &t) == 1) {
            puts(imu_stream_status_is_due(&stream, (uint32_t)t) ? "yes" : "no");
        } else if (sscanf(line, "mtu %u", &a) == 1) {
            imu_stream_set_mtu(&stream, (uint16_t)a);
        } else if (sscanf(line, "battery %u", &a) == 1) {
            imu_stream_set_battery_low(&stream, a != 0);
        } else if (sscanf(line, "negated %d", x) == 1) {
            printf("%d\n", imu_stream_negated((int16_t)x[0]));
        } else if (strcmp(line, "sent\n") == 0) {
            imu_stream_sent(&stream);
        } else if (strcmp(line, "mark\n") == 0) {
            imu_stream_mark(&stream);
        } else if (strcmp(line, "disconnected\n") == 0) {
            imu_stream_disconnected(&stream);
        } else {
            fprintf(stderr, "not a command: %s", line);
            return 2;
        }
    }
    free(packet);
    free(status);
    return 0;
}
