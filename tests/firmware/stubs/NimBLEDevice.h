#pragma once
#include <map>

#include "Arduino.h"

namespace NIMBLE_PROPERTY {
enum { READ = 0x02, WRITE = 0x08, NOTIFY = 0x10 };
}

typedef void (*TaskFunction_t)(void *);
inline void vTaskDelay(uint32_t) {}
inline int xTaskCreate(TaskFunction_t, const char *, uint32_t, void *, unsigned, void **) { return 1; }
#define pdMS_TO_TICKS(ms) (ms)

class NimBLEConnInfo {
  public:
    uint16_t getConnHandle() const { return 7; }
};

class NimBLEAttValue {
  public:
    std::vector<uint8_t> bytes;
    const uint8_t *data() const { return bytes.data(); }
    uint16_t size() const { return (uint16_t)bytes.size(); }
};

class NimBLECharacteristic;
class NimBLECharacteristicCallbacks {
  public:
    virtual ~NimBLECharacteristicCallbacks() {}
    virtual void onWrite(NimBLECharacteristic *, NimBLEConnInfo &) {}
    virtual void onSubscribe(NimBLECharacteristic *, NimBLEConnInfo &, uint16_t) {}
};

class NimBLECharacteristic {
  public:
    std::string uuid;
    NimBLEAttValue value;
    NimBLECharacteristicCallbacks *callbacks = nullptr;

    void setCallbacks(NimBLECharacteristicCallbacks *to) { callbacks = to; }
    void setValue(const uint8_t *bytes, size_t length) { value.bytes.assign(bytes, bytes + length); }
    NimBLEAttValue getValue() const { return value; }
    bool notify(uint16_t = 0xffff) const { return notify(value.data(), value.size()); }
    bool notify(const uint8_t *bytes, size_t length, uint16_t = 0xffff) const {
        desk::tell(uuid.c_str(), bytes, length);
        return true;
    }
};

class NimBLEService {
  public:
    std::map<std::string, NimBLECharacteristic> characteristics;
    NimBLECharacteristic *createCharacteristic(const char *uuid, uint32_t, uint16_t = 512) {
        characteristics[uuid].uuid = uuid;
        return &characteristics[uuid];
    }
    bool start() { return true; }
};

class NimBLEServer;
class NimBLEServerCallbacks {
  public:
    virtual ~NimBLEServerCallbacks() {}
    virtual void onConnect(NimBLEServer *, NimBLEConnInfo &) {}
    virtual void onDisconnect(NimBLEServer *, NimBLEConnInfo &, int) {}
    virtual void onMTUChange(uint16_t, NimBLEConnInfo &) {}
};

class NimBLEServer {
  public:
    NimBLEService service;
    NimBLEServerCallbacks *callbacks = nullptr;
    void setCallbacks(NimBLEServerCallbacks *to, bool) { callbacks = to; }
    void advertiseOnDisconnect(bool) {}
    NimBLEService *createService(const char *) { return &service; }
    void updateConnParams(uint16_t, uint16_t, uint16_t, uint16_t, uint16_t) const {}
};

class NimBLEAdvertising {
  public:
    bool addServiceUUID(const char *) { return true; }
    bool setName(const std::string &) { return true; }
    bool start() { return true; }
};

class NimBLEDevice {
  public:
    static std::string name;
    static NimBLEServer server;
    static NimBLEAdvertising advertising;
    static bool init(const std::string &text) {
        name = text;
        return true;
    }
    static bool setMTU(uint16_t) { return true; }
    static NimBLEServer *createServer() { return &server; }
    static NimBLEAdvertising *getAdvertising() { return &advertising; }
};
