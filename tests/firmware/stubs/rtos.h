#pragma once
#include <chrono>

#include "mbed.h"

enum osPriority { osPriorityNormal, osPriorityAboveNormal };

namespace rtos {
struct Mutex {
    void lock() {}
    void unlock() {}
};
struct Thread {
    Thread(osPriority, uint32_t) {}
    void start(void (*)()) {} /* the desk takes the samples itself, one at a time */
};
namespace ThisThread {
inline void sleep_for(std::chrono::milliseconds) {}
}  // namespace ThisThread
}  // namespace rtos
