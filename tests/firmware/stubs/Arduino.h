/* Stand-ins for the Arduino cores and libraries, so that the sketches compile and run on a desk. Written after the
 * libraries' public headers, not taken from them: they prove that a sketch is correct C++ and that it does the right
 * thing with the registers and the profile, not that it works on the real board. */
#pragma once
#include <ctype.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <functional>
#include <string>
#include <vector>

enum { LOW = 0, HIGH = 1, INPUT_PULLUP = 2 };

namespace desk { /* what the test drives and hears */
extern uint32_t now_us;
extern bool button_is_down;
void tell(const char *characteristic, const uint8_t *bytes, size_t length);
}  // namespace desk

inline unsigned long micros() { return desk::now_us; }
inline unsigned long millis() { return desk::now_us / 1000; }
inline void delay(unsigned long) {}
inline void pinMode(int, int) {}
inline int digitalRead(int) { return desk::button_is_down ? LOW : HIGH; }

class String {
  public:
    String(const char *text = "") : text_(text) {}
    const char *c_str() const { return text_.c_str(); }
    char operator[](unsigned place) const { return text_[place]; }

  private:
    std::string text_;
};

struct EspClass {
    uint64_t getEfuseMac() { return 0x563412efcdabull; } /* ab:cd:ef:12:34:56, first byte lowest */
};
extern EspClass ESP;
