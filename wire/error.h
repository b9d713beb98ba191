// Every way in which something is refused, numbered for the wire and named for people.
#pragma once

#include <boost/system/result.hpp>
#include <cstdint>
#include <string_view>

namespace trunkline::wire {

// Why bytes are not a frame, a batch or a record. Decoding never fails without one of these.
enum class DecodeError : std::uint8_t {
  too_short = 1,  // fewer bytes than the length that the header states, or than a header
  bad_length,     // the stated length is below the header or above the limit
  bad_version,    // a version that this build does not speak
  bad_kind,       // an unknown kind
  bad_flags,      // a flag that is not defined, or reserved bytes that are not zero
  bad_checksum,   // the bytes changed on the way
  bad_field,      // a field runs over the end, or bytes are left over
  bad_value,      // a field holds a value outside its range
};
std::string_view to_string(DecodeError);

template <class T>
using Result = boost::system::result<T, DecodeError>;

// What a client is told; the same numbers in `.bin`, the same words in `.json`.
// Rows of client-protocol: refused (message or history), then errors that close. Never renumber.
enum class Code : std::uint8_t {
  ok = 0,
  // refused, final
  no_such_user = 1,
  too_large = 2,
  forbidden = 3,
  // refused, may be sent again
  quota = 10,
  full = 11,
  rate = 12,
  busy = 13,
  unavailable = 14,
  // error before login, close 1008 (unavailable: 1013)
  not_authorized = 30,
  bad_mechanism = 31,
  bad_encoding = 32,
  auth_timeout = 33,
  throttled = 34,
  // error at any time, close 1008
  not_json = 40,
  bad_request = 41,
  bad_cursor = 42,
  not_logged_in = 43,
  // error, each with its own close code
  replaced = 50,
  revoked = 51,
  slow_consumer = 52,
  draining = 53,
  shutdown = 54,
};
std::string_view to_string(Code);
// True for refusals after which the same message may be sent again.
bool may_retry(Code);
// The WebSocket close code that follows `error CODE` (RFC 6455 section 7.4, 4000-4999 are ours).
std::uint16_t close_code_of(Code);

}  // namespace trunkline::wire
