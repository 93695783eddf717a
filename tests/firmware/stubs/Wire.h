#pragma once
#include "Arduino.h"

/* One chip with 256 registers behind any address; reads and writes step on by themselves. */
class TwoWire {
  public:
    uint8_t registers[256] = {};
    uint8_t address = 0; /* of the last transmission */

    void begin() {}
    void setClock(uint32_t) {}
    void beginTransmission(uint8_t to) {
        address = to;
        is_first_ = true;
    }
    size_t write(uint8_t value) {
        if (is_first_) {
            place_ = value;
        } else {
            registers[place_++] = value;
        }
        is_first_ = false;
        return 1;
    }
    uint8_t endTransmission(bool = true) { return 0; }
    size_t requestFrom(uint8_t, size_t count, bool) { return count; }
    int read() { return registers[place_++]; }

  private:
    uint8_t place_ = 0;
    bool is_first_ = true;
};

extern TwoWire Wire, Wire1;
