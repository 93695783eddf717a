#pragma once
typedef enum { BOSCH_ACCELEROMETER_ONLY, BOSCH_MAGNETOMETER_ONLY, BOSCH_ACCEL_AND_MAGN } CfgBoshSensor_t;

struct BoschSensorClass {
    int begin(CfgBoshSensor_t = BOSCH_ACCEL_AND_MAGN) { return 1; }
};
static BoschSensorClass IMU;
