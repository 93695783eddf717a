#pragma once
#include "Arduino.h"

enum BLEProperty { BLERead = 0x02, BLEWrite = 0x08, BLENotify = 0x10 };
enum BLECharacteristicEvent { BLESubscribed = 0, BLEUnsubscribed = 1, BLEWritten = 3 };
enum BLEDeviceEvent { BLEConnected = 0, BLEDisconnected = 1 };

class BLEDevice {
  public:
    explicit BLEDevice(bool is_there = false) : is_there_(is_there) {}
    operator bool() const { return is_there_; }
    String address() const { return "11:22:33:44:55:66"; }

  private:
    bool is_there_;
};

class BLECharacteristic {
  public:
    typedef void (*Handler)(BLEDevice, BLECharacteristic);

    BLECharacteristic(const char *uuid, uint8_t properties, int size, bool = false)
        : uuid_(uuid), properties_(properties), size_(size) {}
    BLECharacteristic(const char *uuid, uint8_t properties, const char *text)
        : uuid_(uuid), properties_(properties), size_((int)strlen(text)), value_(text, text + strlen(text)) {}

    int writeValue(const uint8_t value[], int length) {
        value_.assign(value, value + (length < size_ ? length : size_));
        if ((properties_ & BLENotify) && is_connected()) {
            desk::tell(uuid_.c_str(), value_.data(), value_.size());
        }
        return 1;
    }
    const uint8_t *value() const { return value_.data(); }
    int valueLength() const { return (int)value_.size(); }
    bool subscribed() { return is_connected(); }
    void setEventHandler(int, Handler handler) { handler_ = handler; }

    /* As the real library does: the host's bytes are stored and notified, then the handler is called. */
    void written_by_host(const uint8_t *bytes, int length) {
        writeValue(bytes, length);
        handler_(BLEDevice(true), *this);
    }

  private:
    static bool is_connected();
    std::string uuid_;
    uint8_t properties_;
    int size_;
    std::vector<uint8_t> value_;
    Handler handler_ = nullptr;
};

class BLEService {
  public:
    explicit BLEService(const char *) {}
    void addCharacteristic(BLECharacteristic &) {}
};

class BLELocalDevice {
  public:
    bool is_connected = false;
    std::string name;
    void (*disconnected)(BLEDevice) = nullptr;

    int begin() { return 1; }
    void poll() {}
    String address() const { return "aa:bb:cc:dd:ee:ff"; }
    void setLocalName(const char *text) { name = text; }
    void setDeviceName(const char *) {}
    void setAdvertisedService(const BLEService &) {}
    void setConnectionInterval(uint16_t, uint16_t) {}
    void addService(BLEService &) {}
    void setEventHandler(BLEDeviceEvent, void (*handler)(BLEDevice)) { disconnected = handler; }
    int advertise() { return 1; }
    BLEDevice central() { return BLEDevice(is_connected); }
};
extern BLELocalDevice BLE;

inline bool BLECharacteristic::is_connected() { return BLE.is_connected; }
