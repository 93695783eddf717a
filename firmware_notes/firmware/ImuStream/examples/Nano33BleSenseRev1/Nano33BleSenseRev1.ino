/* IMU Stream on an Arduino Nano 33 BLE Sense, revision 1 (LSM9DS1). Needs ArduinoBLE.
 * Not run on hardware by its authors.
 *
 * Wiring: none; a button between D2 and GND sets a marker.
 * Axes: the LSM9DS1's acceleration and rate share left-handed axes, so x of both is turned here. The chip has no
 * 1000 deg/s: a request for it gets 2000, at 70 mdps a count and not 2000 / 32768.
 */
#include <imu_stream_arduino_ble.h>

using namespace imu_stream_sketch;

constexpr int MARKER_PIN = 2;
static Registers chip = {Wire1, 0x6b};

enum {
    REG_WHO_AM_I = 0x0f, REG_CTRL_REG1_G = 0x10, REG_STATUS = 0x17, REG_OUT_G = 0x18, REG_CTRL_REG6_XL = 0x20,
    REG_CTRL_REG8 = 0x22, REG_OUT_XL = 0x28
};
enum { GYR_READY = 2, ACC_READY = 1 };

static const uint16_t RATES_HZ[] = {59, 119, 238};
static const uint32_t PERIODS_NS[] = {16806723, 8403361, 4201681}; /* of 59.5, 119 and 238 Hz */
static const uint16_t ACC_RANGES_G[] = {2, 4, 8, 16};
static const uint8_t ACC_BITS[] = {0, 2, 3, 1};
static const float ACC_MG_PER_COUNT[] = {0.061f, 0.122f, 0.244f, 0.732f};
static const uint16_t GYR_RANGES_DPS[] = {245, 500, 2000};
static const uint8_t GYR_BITS[] = {0, 1, 3};
static const float GYR_MDPS_PER_COUNT[] = {8.75f, 17.5f, 70.0f};

bool sensor_begin() {
    Wire1.begin();
    Wire1.setClock(400000);
    chip.write(REG_CTRL_REG8, 0x44); /* auto-increment; never half of one sample and half of the next */
    return chip.get(REG_WHO_AM_I) == 0x68;
}

void sensor_apply(const imu_stream_request &request, imu_stream_sensor &sensor) {
    size_t rate = 0, acc = 0, gyr = 0;
    sensor.rate_hz = imu_stream_choose(request.rate_hz, RATES_HZ, 3);
    sensor.acc_range_g = (uint8_t)imu_stream_choose(request.acc_range_g, ACC_RANGES_G, 4);
    sensor.gyr_range_dps = imu_stream_choose(request.gyr_range_dps, GYR_RANGES_DPS, 3);
    while (RATES_HZ[rate] != sensor.rate_hz) rate++;
    while (ACC_RANGES_G[acc] != sensor.acc_range_g) acc++;
    while (GYR_RANGES_DPS[gyr] != sensor.gyr_range_dps) gyr++;
    sensor.period_ns = PERIODS_NS[rate];
    sensor.acc_mps2_per_count = ACC_MG_PER_COUNT[acc] * 1e-3f * GRAVITY_MPS2;
    sensor.gyr_radps_per_count = GYR_MDPS_PER_COUNT[gyr] * 1e-3f * RADIANS_PER_DEGREE;
    const uint8_t speed = request.command == IMU_STREAM_START ? (uint8_t)(rate + 2) : 0; /* 0 is power-down */
    chip.write(REG_CTRL_REG1_G, (uint8_t)(speed << 5 | GYR_BITS[gyr] << 3));
    chip.write(REG_CTRL_REG6_XL, (uint8_t)(speed << 5 | ACC_BITS[acc] << 3));
}

bool sensor_read(int16_t counts[6]) {
    uint8_t acc[6], gyr[6];
    if ((chip.get(REG_STATUS) & (ACC_READY | GYR_READY)) != (ACC_READY | GYR_READY) || !chip.read(REG_OUT_G, gyr, 6) ||
        !chip.read(REG_OUT_XL, acc, 6)) {
        return false;
    }
    for (int axis = 0; axis < 3; axis++) {
        counts[axis] = little_endian(acc + 2 * axis);
        counts[axis + 3] = little_endian(gyr + 2 * axis);
    }
    counts[0] = imu_stream_negated(counts[0]);
    counts[3] = imu_stream_negated(counts[3]);
    return true;
}

bool battery_is_low() { return false; } /* the board cannot measure its supply */

void setup() { begin_radio("firmware=ImuStream 1.0.0;board=Nano 33 BLE Sense;sensor=LSM9DS1", MARKER_PIN); }

void loop() { run_radio(MARKER_PIN); }
