#pragma once
#include "ArduinoBLE.h"

struct ATTClass {
    uint16_t negotiated = 23;
    uint16_t connectionHandle(uint8_t type, const uint8_t address[6]) const {
        static const uint8_t host[6] = {0x66, 0x55, 0x44, 0x33, 0x22, 0x11}; /* lowest byte first, of random type */
        return type == 1 && memcmp(address, host, 6) == 0 ? 1 : 0xffff;
    }
    uint16_t mtu(uint16_t) const { return negotiated; }
};
extern ATTClass ATT;
