#pragma once
#include <stdint.h>

struct NrfPort {
    uint32_t PIN_CNF[32];
    uint32_t OUTSET;
};
extern NrfPort nrf_port_1;
#define NRF_P1 (&nrf_port_1)
#define GPIO_PIN_CNF_DIR_Output 1u
#define GPIO_PIN_CNF_DIR_Pos 0u
#define GPIO_PIN_CNF_INPUT_Disconnect 1u
#define GPIO_PIN_CNF_INPUT_Pos 1u
#define GPIO_PIN_CNF_DRIVE_H0H1 3u
#define GPIO_PIN_CNF_DRIVE_Pos 8u
