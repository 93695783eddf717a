/* IMU Stream on a Seeed XIAO nRF52840 Sense (LSM6DS3TR-C). Needs ArduinoBLE and Seeed's mbed-enabled core. Not run on
 * hardware by its authors.
 *
 * Wiring: none; a lithium cell on the BAT pads, a button between D1 and GND sets a marker.
 * Axes: those of the chip, right-handed, the same for both sensors.
 */
#include <imu_stream_arduino_ble.h>
#include <nrf.h>

using namespace imu_stream_sketch;

constexpr int MARKER_PIN = 1;
constexpr uint32_t LOW_BATTERY_MV = 3500; /* some 10 % left in a lithium cell; below 3.3 V the regulator gives up */
static Registers chip = {Wire1, 0x6a};

enum {
    REG_WHO_AM_I = 0x0f, REG_CTRL1_XL = 0x10, REG_CTRL2_G = 0x11, REG_CTRL3_C = 0x12, REG_STATUS = 0x1e,
    REG_OUT_G = 0x22
};
enum { BOTH_READY = 3 };

static const uint16_t RATES_HZ[] = {26, 52, 104, 208};
static const uint32_t PERIODS_NS[] = {38461538, 19230769, 9615385, 4807692};
static const uint16_t ACC_RANGES_G[] = {2, 4, 8, 16};
static const uint8_t ACC_BITS[] = {0, 2, 3, 1};
static const uint16_t GYR_RANGES_DPS[] = {250, 500, 1000, 2000};

bool sensor_begin() {
    /* The chip is fed from pin P1.08, which needs the strong driver: the weak one sags when the gyroscope starts. */
    NRF_P1->PIN_CNF[8] = GPIO_PIN_CNF_DIR_Output << GPIO_PIN_CNF_DIR_Pos |
                         GPIO_PIN_CNF_INPUT_Disconnect << GPIO_PIN_CNF_INPUT_Pos |
                         GPIO_PIN_CNF_DRIVE_H0H1 << GPIO_PIN_CNF_DRIVE_Pos;
    NRF_P1->OUTSET = 1u << 8;
    delay(50);
    Wire1.begin();
    Wire1.setClock(400000);
    chip.write(REG_CTRL3_C, 0x44); /* auto-increment; never half of one sample and half of the next */
    const uint8_t name = chip.get(REG_WHO_AM_I);
    return name == 0x6a || name == 0x69;
}

void sensor_apply(const imu_stream_request &request, imu_stream_sensor &sensor) {
    uint8_t rate = 0, acc = 0, gyr = 0;
    sensor.rate_hz = imu_stream_choose(request.rate_hz, RATES_HZ, 4);
    sensor.acc_range_g = (uint8_t)imu_stream_choose(request.acc_range_g, ACC_RANGES_G, 4);
    sensor.gyr_range_dps = imu_stream_choose(request.gyr_range_dps, GYR_RANGES_DPS, 4);
    while (RATES_HZ[rate] != sensor.rate_hz) rate++;
    while (ACC_RANGES_G[acc] != sensor.acc_range_g) acc++;
    while (GYR_RANGES_DPS[gyr] != sensor.gyr_range_dps) gyr++;
    sensor.period_ns = PERIODS_NS[rate];
    sensor.acc_mps2_per_count = 0.0305e-3f * sensor.acc_range_g * GRAVITY_MPS2; /* 0.061 mg at 2 g, doubling */
    sensor.gyr_radps_per_count = 8.75e-3f * (1 << gyr) * RADIANS_PER_DEGREE;    /* 8.75 mdps at 250 deg/s, doubling */
    const uint8_t speed = request.command == IMU_STREAM_START ? (uint8_t)(rate + 2) : 0; /* 0 is power-down */
    chip.write(REG_CTRL1_XL, (uint8_t)(speed << 4 | ACC_BITS[acc] << 2));
    chip.write(REG_CTRL2_G, (uint8_t)(speed << 4 | gyr << 2));
}

bool sensor_read(int16_t counts[6]) {
    uint8_t bytes[12]; /* rate first, then acceleration */
    if ((chip.get(REG_STATUS) & BOTH_READY) != BOTH_READY || !chip.read(REG_OUT_G, bytes, sizeof bytes)) {
        return false;
    }
    for (int axis = 0; axis < 3; axis++) {
        counts[axis] = little_endian(bytes + 6 + 2 * axis);
        counts[axis + 3] = little_endian(bytes + 2 * axis);
    }
    return true;
}

/* The cell hangs on P0.31 through 1 M over 510 k, whose lower end P0.14 must hold low, also while charging: high, the
 * pin would see more than it stands. */
bool battery_is_low() {
    static mbed::DigitalOut divider(P0_14, 0);
    static mbed::AnalogIn cell(P0_31);
    const uint32_t millivolts = cell.read_u16() * 3300u / 65535 * 1510 / 510;
    return millivolts < LOW_BATTERY_MV;
}

void setup() { begin_radio("firmware=ImuStream 1.0.0;board=XIAO nRF52840 Sense;sensor=LSM6DS3TR-C", MARKER_PIN); }

void loop() { run_radio(MARKER_PIN); }
