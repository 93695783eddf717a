/* IMU Stream on an ESP32 with an MPU-6050 breakout (GY-521), about five euros. Needs NimBLE-Arduino 2.x.
 * Not run on hardware by its authors.
 *
 * Wiring: VCC to 3V3, GND to GND, SDA to GPIO 21, SCL to GPIO 22, AD0 open or to GND. The BOOT button (GPIO 0) sets a
 * marker; on an ESP32-C3 it is GPIO 9 and the bus needs Wire.begin(SDA, SCL).
 * Axes: those of the chip, as printed on the breakout, right-handed, the same for both sensors.
 */
#include <imu_stream_nimble.h>

using namespace imu_stream_sketch;

constexpr int MARKER_PIN = 0;
static Registers chip = {Wire, 0x68};

enum {
    REG_SMPLRT_DIV = 0x19, REG_CONFIG = 0x1a, REG_GYRO_CONFIG = 0x1b, REG_ACCEL_CONFIG = 0x1c,
    REG_INT_ENABLE = 0x38, REG_INT_STATUS = 0x3a, REG_OUT = 0x3b, REG_PWR_MGMT_1 = 0x6b, REG_WHO_AM_I = 0x75
};
enum { DATA_READY = 1, ASLEEP = 0x40, AWAKE = 0x01 /* clocked by the gyroscope: steadier than the oscillator */ };
enum { FILTER_44_HZ = 3 /* a thrust is below 10 Hz; keeps bar noise from folding down */ };

static const uint16_t RATES_HZ[] = {25, 50, 100, 200};
static const uint16_t ACC_RANGES_G[] = {2, 4, 8, 16};
static const uint16_t GYR_RANGES_DPS[] = {250, 500, 1000, 2000};

bool sensor_begin() {
    Wire.begin();
    Wire.setClock(400000);
    const uint8_t name = chip.get(REG_WHO_AM_I);
    return name != 0 && name != 0xff; /* 0x68; the many clones answer 0x70, 0x72, 0x98 and work alike */
}

void sensor_apply(const imu_stream_request &request, imu_stream_sensor &sensor) {
    uint8_t acc = 0, gyr = 0;
    sensor.rate_hz = imu_stream_choose(request.rate_hz, RATES_HZ, 4);
    sensor.acc_range_g = (uint8_t)imu_stream_choose(request.acc_range_g, ACC_RANGES_G, 4);
    sensor.gyr_range_dps = imu_stream_choose(request.gyr_range_dps, GYR_RANGES_DPS, 4);
    while (ACC_RANGES_G[acc] != sensor.acc_range_g) acc++;
    while (GYR_RANGES_DPS[gyr] != sensor.gyr_range_dps) gyr++;
    sensor.period_ns = 1000000000u / sensor.rate_hz;
    sensor.acc_mps2_per_count = sensor.acc_range_g * GRAVITY_MPS2 / 32768;
    sensor.gyr_radps_per_count = 250.0f / 32750 * (1 << gyr) * RADIANS_PER_DEGREE; /* 131 counts per deg/s at 250 */
    chip.write(REG_PWR_MGMT_1, AWAKE); /* asleep it takes no settings */
    chip.write(REG_CONFIG, FILTER_44_HZ);
    chip.write(REG_SMPLRT_DIV, (uint8_t)(1000 / sensor.rate_hz - 1));
    chip.write(REG_ACCEL_CONFIG, (uint8_t)(acc << 3));
    chip.write(REG_GYRO_CONFIG, (uint8_t)(gyr << 3));
    chip.write(REG_INT_ENABLE, DATA_READY); /* without it the status bit stays 0 on some clones */
    chip.write(REG_PWR_MGMT_1, request.command == IMU_STREAM_START ? AWAKE : ASLEEP);
}

bool sensor_read(int16_t counts[6]) {
    uint8_t bytes[14]; /* acceleration, temperature, rate */
    if (!(chip.get(REG_INT_STATUS) & DATA_READY) || !chip.read(REG_OUT, bytes, sizeof bytes)) {
        return false;
    }
    for (int axis = 0; axis < 3; axis++) {
        counts[axis] = big_endian(bytes + 2 * axis);
        counts[axis + 3] = big_endian(bytes + 8 + 2 * axis);
    }
    return true;
}

bool battery_is_low() { return false; } /* most boards cannot measure their supply */

void setup() { begin_radio("firmware=ImuStream 1.0.0;board=ESP32;sensor=MPU-6050", MARKER_PIN); }

void loop() { run_radio(MARKER_PIN); }
