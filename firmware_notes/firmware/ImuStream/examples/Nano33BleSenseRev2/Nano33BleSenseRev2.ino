/* IMU Stream on an Arduino Nano 33 BLE Sense, revision 2 (BMI270). Needs ArduinoBLE and
 * Arduino_BMI270_BMM150. Not run on hardware by its authors.
 *
 * Wiring: none; a button between D2 and GND sets a marker.
 * Axes: those of the chip, which are right-handed and lie as printed on the board. Arduino's library is only used to
 * load the chip's 8 kB of microcode: its read functions swap and turn x and y, which leaves left-handed axes.
 */
#include <Arduino_BMI270_BMM150.h>
#include <imu_stream_arduino_ble.h>

using namespace imu_stream_sketch;

constexpr int MARKER_PIN = 2;
static Registers chip = {Wire1, 0x68};
static int8_t gyr_x_per_z = 0; /* the chip's own calibration: how much of z leaks into x, in 1/512 */

enum {
    REG_CHIP_ID = 0x00, REG_STATUS = 0x03, REG_OUT = 0x0c, REG_FEATURE_PAGE = 0x2f, REG_GYR_CAS = 0x3c,
    REG_ACC_CONF = 0x40, REG_ACC_RANGE = 0x41, REG_GYR_CONF = 0x42, REG_GYR_RANGE = 0x43,
    REG_PWR_CONF = 0x7c, REG_PWR_CTRL = 0x7d
};
enum { BOTH_READY = 0xc0, NORMAL_FILTER = 0xa0, BOTH_ON = 0x06 };

static const uint16_t RATES_HZ[] = {25, 50, 100, 200};
static const uint16_t ACC_RANGES_G[] = {2, 4, 8, 16};
static const uint16_t GYR_RANGES_DPS[] = {125, 250, 500, 1000, 2000};

bool sensor_begin() {
    const bool is_loaded = IMU.begin(BOSCH_ACCELEROMETER_ONLY); /* its word for all but the magnetometer */
    Wire1.setClock(400000);
    chip.write(REG_PWR_CONF, 0x02); /* no advanced power save: registers answer at once */
    delay(1);
    chip.write(REG_FEATURE_PAGE, 0);
    const uint8_t leak = chip.get(REG_GYR_CAS) & 0x7f; /* 7 bits, two's complement */
    gyr_x_per_z = (int8_t)(leak & 0x40 ? leak - 128 : leak);
    return is_loaded && chip.get(REG_CHIP_ID) == 0x24;
}

void sensor_apply(const imu_stream_request &request, imu_stream_sensor &sensor) {
    uint8_t rate = 0, acc = 0, gyr = 0;
    sensor.rate_hz = imu_stream_choose(request.rate_hz, RATES_HZ, 4);
    sensor.acc_range_g = (uint8_t)imu_stream_choose(request.acc_range_g, ACC_RANGES_G, 4);
    sensor.gyr_range_dps = imu_stream_choose(request.gyr_range_dps, GYR_RANGES_DPS, 5);
    while (RATES_HZ[rate] != sensor.rate_hz) rate++;
    while (ACC_RANGES_G[acc] != sensor.acc_range_g) acc++;
    while (GYR_RANGES_DPS[gyr] != sensor.gyr_range_dps) gyr++;
    sensor.period_ns = 1000000000u / sensor.rate_hz;
    sensor.acc_mps2_per_count = sensor.acc_range_g * GRAVITY_MPS2 / 32768;
    sensor.gyr_radps_per_count = sensor.gyr_range_dps * RADIANS_PER_DEGREE / 32768;
    chip.write(REG_ACC_CONF, (uint8_t)(NORMAL_FILTER | (rate + 6)));
    chip.write(REG_ACC_RANGE, acc);
    chip.write(REG_GYR_CONF, (uint8_t)(NORMAL_FILTER | (rate + 6)));
    chip.write(REG_GYR_RANGE, (uint8_t)(4 - gyr)); /* 0 is 2000 deg/s */
    chip.write(REG_PWR_CTRL, request.command == IMU_STREAM_START ? (uint8_t)BOTH_ON : 0);
}

bool sensor_read(int16_t counts[6]) {
    uint8_t bytes[12];
    if ((chip.get(REG_STATUS) & BOTH_READY) != BOTH_READY || !chip.read(REG_OUT, bytes, sizeof bytes)) {
        return false;
    }
    for (int axis = 0; axis < 6; axis++) {
        counts[axis] = little_endian(bytes + 2 * axis);
    }
    const int32_t x = counts[3] - (int32_t)gyr_x_per_z * counts[5] / 512;
    counts[3] = (int16_t)(x > INT16_MAX ? INT16_MAX : x < INT16_MIN ? INT16_MIN : x);
    return true;
}

bool battery_is_low() { return false; } /* the board cannot measure its supply */

void setup() { begin_radio("firmware=ImuStream 1.0.0;board=Nano 33 BLE Sense Rev2;sensor=BMI270", MARKER_PIN); }

void loop() { run_radio(MARKER_PIN); }
