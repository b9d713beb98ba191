// What is refused below both sub-protocols: kinds of messages, lengths, parts.
#include "tests/door/refusal.h"
#include "wire/limits.h"

namespace trunkline::tests {
namespace {

using Speaks = Caller::Speaks;
constexpr std::size_t kParts = 64, kPartsBeforeLogin = 8;

Refusal raw(const std::string& name, Speaks speaks, bool logged_in, const std::string& bytes,
            const std::string& expected) {
  const auto attempt = [=](Door& door) {
    Caller caller = door.stranger(speaks);
    if (logged_in) caller.log_in(door.new_user("alice"));
    caller.say_raw(bytes);
    return caller.ending();
  };
  return {"websocket", name, attempt, expected};
}

std::string parts(unsigned opcode, const std::string& text, std::size_t count) {
  std::string sent = frame(opcode, text, kMore);
  for (std::size_t at = 2; at < count; ++at) sent += frame(kContinuation, " ", kMore);
  return sent + frame(kContinuation, " ");
}

std::string large_send(std::size_t size) {
  const std::string begin = R"({"op":"send","id":"m","to":"bob","body":")", end = R"("})";
  return begin + std::string(size - begin.size() - end.size(), 'x') + end;
}

}  // namespace

std::vector<Refusal> websocket_refusals() {
  const std::string too_long = "close 1009", broken = "close 1002";
  const std::string ping = R"({"op":"ping","id":"p"})";
  std::vector<Refusal> all = {
      raw("binary on .json", Speaks::json, true, frame(kBinary, ping), "close 1003"),
      raw("text on .bin", Speaks::bin, true, frame(kText, ping), "close 1003"),
      raw("binary on .json before the login", Speaks::json, false, frame(kBinary, ping),
          "close 1003"),
      raw("text on .bin before the login", Speaks::bin, false, frame(kText, ping), "close 1003"),
      raw("8 KiB and a byte before the login", Speaks::json, false,
          header(kText, wire::kFrameBytesMaxBeforeLogin + 1), too_long),
      raw("4 GiB, promised before the login", Speaks::bin, false, header(kBinary, 1ull << 32),
          too_long),
      raw("8 KiB and a byte in parts before the login", Speaks::json, false,
          frame(kText, std::string(wire::kFrameBytesMaxBeforeLogin, ' '), kMore) +
              frame(kContinuation, " "),
          too_long),
      raw("256 KiB and a byte", Speaks::json, true, header(kText, wire::kFrameBytesHardMax + 1),
          too_long),
      raw("256 KiB and a byte on .bin", Speaks::bin, true,
          header(kBinary, wire::kFrameBytesHardMax + 1), too_long),
      raw("256 KiB and a byte in parts", Speaks::json, true,
          frame(kText, std::string(wire::kFrameBytesHardMax, ' '), kMore) +
              frame(kContinuation, " "),
          too_long),
      raw("9 parts before the login", Speaks::json, false,
          parts(kText, ping, kPartsBeforeLogin + 1), too_long),
      raw("65 parts", Speaks::json, true, parts(kText, ping, kParts + 1), too_long),
      raw("65 parts on .bin", Speaks::bin, true, parts(kBinary, "x", kParts + 1), too_long),
      raw(
          "parts without end and without content", Speaks::json, true,
          [] {
            std::string sent = frame(kText, "", kMore);
            for (int i = 0; i < 10'000; ++i) sent += frame(kContinuation, "", kMore);
            return sent;
          }(),
          too_long),
      raw("compressed, which was not agreed on", Speaks::json, true,
          frame(kText, ping, {.reserved = 4}), broken),
      raw("unmasked", Speaks::json, true, frame(kText, ping, {.masked = false}), broken),
      raw("an unknown opcode", Speaks::bin, true, frame(3, ping), broken),
      raw("a ping of 126 bytes", Speaks::json, true, frame(kPing, std::string(126, 'p')), broken),
      raw("TLS within TLS", Speaks::json, false, std::string("\x16\x03\x01\x02\x00\x01", 6),
          broken),
      raw("an operation of 64 KiB and a byte that is no message", Speaks::json, true,
          frame(kText, std::string(wire::kFrameBytesMax + 1 - ping.size(), ' ') + ping),
          "error bad_request, close 1008"),
      raw("a message of 64 KiB and a byte", Speaks::json, true,
          frame(kText, large_send(wire::kFrameBytesMax + 1)) + frame(kText, R"({"op":"bye"})"),
          "refused too_large, close 1000"),
      raw("a message of 256 KiB", Speaks::json, true,
          frame(kText, large_send(wire::kFrameBytesHardMax)) + frame(kText, R"({"op":"bye"})"),
          "refused too_large, close 1000"),
      // The second one waits for the rate, and is read again when it may be taken.
      raw("two messages of 256 KiB", Speaks::json, true,
          frame(kText, large_send(wire::kFrameBytesHardMax)) +
              frame(kText, large_send(wire::kFrameBytesHardMax)) + frame(kText, R"({"op":"bye"})"),
          "refused too_large, refused too_large, close 1000"),
  };
  return all;
}

}  // namespace trunkline::tests
