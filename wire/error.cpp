#include "wire/error.h"

namespace trunkline::wire {

std::string_view to_string(DecodeError error) {
  switch (error) {
    case DecodeError::too_short:
      return "too_short";
    case DecodeError::bad_length:
      return "bad_length";
    case DecodeError::bad_version:
      return "bad_version";
    case DecodeError::bad_kind:
      return "bad_kind";
    case DecodeError::bad_flags:
      return "bad_flags";
    case DecodeError::bad_checksum:
      return "bad_checksum";
    case DecodeError::bad_field:
      return "bad_field";
    case DecodeError::bad_value:
      return "bad_value";
  }
  return "unknown";
}

std::string_view to_string(Code code) {
  switch (code) {
    case Code::ok:
      return "ok";
    case Code::no_such_user:
      return "no_such_user";
    case Code::too_large:
      return "too_large";
    case Code::forbidden:
      return "forbidden";
    case Code::quota:
      return "quota";
    case Code::full:
      return "full";
    case Code::rate:
      return "rate";
    case Code::busy:
      return "busy";
    case Code::unavailable:
      return "unavailable";
    case Code::not_authorized:
      return "not_authorized";
    case Code::bad_mechanism:
      return "bad_mechanism";
    case Code::bad_encoding:
      return "bad_encoding";
    case Code::auth_timeout:
      return "auth_timeout";
    case Code::throttled:
      return "throttled";
    case Code::not_json:
      return "not_json";
    case Code::bad_request:
      return "bad_request";
    case Code::bad_cursor:
      return "bad_cursor";
    case Code::not_logged_in:
      return "not_logged_in";
    case Code::replaced:
      return "replaced";
    case Code::revoked:
      return "revoked";
    case Code::slow_consumer:
      return "slow_consumer";
    case Code::draining:
      return "draining";
    case Code::shutdown:
      return "shutdown";
  }
  return "unknown";
}

bool may_retry(Code code) {
  switch (code) {
    case Code::quota:
    case Code::full:
    case Code::rate:
    case Code::busy:
    case Code::unavailable:
      return true;
    default:
      return false;
  }
}

std::uint16_t close_code_of(Code code) {
  switch (code) {
    case Code::unavailable:
      return 1013;
    case Code::replaced:
      return 4001;
    case Code::revoked:
      return 4003;
    case Code::slow_consumer:
      return 4008;
    case Code::draining:
      return 1012;
    case Code::shutdown:
      return 1001;
    default:
      return 1008;
  }
}

}  // namespace trunkline::wire
