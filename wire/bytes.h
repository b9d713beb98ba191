// Little-endian numbers and length-prefixed strings, written and read by the same field list.
// A payload type lists its fields once (frame.h); Writer and Reader both walk that list.
#pragma once

#include <cstdint>
#include <cstring>
#include <type_traits>

#include "wire/ids.h"
#include "wire/limits.h"

namespace trunkline::wire {

template <class Number>
void store_le(char* at, Number value) {
  auto bits = static_cast<std::make_unsigned_t<Number>>(value);
  for (std::size_t i = 0; i < sizeof(Number); ++i) {
    at[i] = static_cast<char>(static_cast<unsigned char>(bits >> (8 * i)));
  }
}

template <class Number>
Number load_le(const char* at) {
  std::make_unsigned_t<Number> bits = 0;
  for (std::size_t i = 0; i < sizeof(Number); ++i) {
    bits = static_cast<std::make_unsigned_t<Number>>(
        bits | static_cast<std::make_unsigned_t<Number>>(static_cast<unsigned char>(at[i]))
                   << (8 * i));
  }
  return static_cast<Number>(bits);
}

constexpr std::size_t padded_to_8(std::size_t size) {
  return (size + 7) / 8 * 8;
}

// Appends fields to `out`. REQUIRES: names are at most kNameBytesMax bytes (255 for text()).
class Writer {
 public:
  explicit Writer(Bytes& out) : out_(out) {}

  template <class Number>
  void number(const Number& value) {
    char bytes[sizeof(Number)];
    store_le(bytes, value);
    out_.append(bytes, sizeof bytes);
  }
  void flag(const bool& value) { out_.push_back(value ? '\1' : '\0'); }
  template <class Enum>
  void enumeration(const Enum& value, Enum /*lowest*/, Enum /*highest*/) {
    number(static_cast<std::underlying_type_t<Enum>>(value));
  }
  // At most 255 bytes: a name (client-protocol: 1 to 64 bytes; empty where it is absent) or a key.
  void name(BytesView value) {
    out_.push_back(static_cast<char>(static_cast<unsigned char>(value.size())));
    out_.append(value);
  }
  // Any bytes, bounded by the frame.
  void bytes(BytesView value) {
    number(static_cast<std::uint32_t>(value.size()));
    out_.append(value);
  }
  void raw(BytesView value) { out_.append(value); }

 private:
  Bytes& out_;
};

// Reads the same fields; views point into `in`. After the first field that does not fit, ok() is
// false, every later field is left as it was, and error says which kind of misfit it was.
class Reader {
 public:
  explicit Reader(BytesView in) : in_(in) {}

  bool ok() const { return ok_; }
  bool value_ok() const { return value_ok_; }
  std::size_t left() const { return in_.size() - at_; }
  BytesView rest() const { return in_.substr(at_); }
  BytesView since(std::size_t start) const { return in_.substr(start, at_ - start); }
  std::size_t position() const { return at_; }

  template <class Number>
  void number(Number& value) {
    if (!take(sizeof(Number))) return;
    value = load_le<Number>(in_.data() + at_ - sizeof(Number));
  }
  void flag(bool& value) {
    std::uint8_t byte = 0;
    number(byte);
    if (byte > 1) value_ok_ = false;
    value = byte == 1;
  }
  template <class Enum>
  void enumeration(Enum& value, Enum lowest, Enum highest) {
    std::underlying_type_t<Enum> number_read = 0;
    number(number_read);
    if (!ok_) return;
    if (number_read < static_cast<std::underlying_type_t<Enum>>(lowest) ||
        number_read > static_cast<std::underlying_type_t<Enum>>(highest)) {
      value_ok_ = false;
      return;
    }
    value = static_cast<Enum>(number_read);
  }
  void name(BytesView& value) {
    std::uint8_t size = 0;
    number(size);
    if (take(size)) value = in_.substr(at_ - size, size);
  }
  void bytes(BytesView& value) {
    std::uint32_t size = 0;
    number(size);
    if (take(size)) value = in_.substr(at_ - size, size);
  }

 private:
  bool take(std::size_t size) {
    if (!ok_ || left() < size) {
      ok_ = false;
      return false;
    }
    at_ += size;
    return true;
  }

  BytesView in_;
  std::size_t at_ = 0;
  bool ok_ = true;
  bool value_ok_ = true;
};

}  // namespace trunkline::wire
