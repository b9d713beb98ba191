// What lies exactly at a limit passes: the other side of text_refusals, websocket_refusals and
// http_refusals, where one more is refused.
#include "tests/door/refusal.h"
#include "wire/limits.h"

namespace trunkline::tests {
namespace {

using Speaks = Caller::Speaks;

Refusal said(const std::string& name, bool logged_in, const std::string& bytes,
             const std::string& expected) {
  const auto attempt = [=](Door& door) {
    Caller caller = door.stranger(Speaks::json);
    if (logged_in) caller.log_in(door.new_user("alice"));
    caller.say_raw(bytes + frame(kText, R"({"op":"bye"})"));
    return caller.ending();
  };
  return {"limit", name, attempt, expected};
}

std::string padded(const std::string& text, std::size_t size) {
  return std::string(size - text.size(), ' ') + text;
}

std::string in_parts(const std::string& text, std::size_t count) {
  std::string sent = frame(kText, text, kMore);
  for (std::size_t at = 2; at < count; ++at) sent += frame(kContinuation, " ", kMore);
  return sent + frame(kContinuation, " ");
}

std::string repeated(const std::string& text, std::size_t count) {
  std::string all;
  for (std::size_t i = 0; i < count; ++i) all += text;
  return all;
}

std::string ping_with(const std::string& more) {
  return frame(kText, R"({"op":"ping","id":"p",)" + more + "}");
}

// A request whose header has `size` bytes.
Refusal header_of(std::size_t size, const std::string& expected) {
  const auto attempt = [=](Door& door) {
    const std::string begin = "GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Long: ",
                      end = "\r\n\r\n";
    return door.http(begin + std::string(size - begin.size() - end.size(), 'x') + end);
  };
  return {"limit", "a header of " + std::to_string(size) + " bytes", attempt, expected};
}

}  // namespace

std::vector<Refusal> limit_passes() {
  const std::string ping = R"({"op":"ping","id":"p"})", bye = R"({"op":"bye"})";
  const std::string name_64(wire::kNameBytesMax, 'n');
  return {
      said("8 KiB before the login", false,
           frame(kText, padded(bye, wire::kFrameBytesMaxBeforeLogin)), "close 1000"),
      said("8 parts before the login", false, in_parts(bye, 8), "close 1000"),
      said("an operation of 64 KiB", true, frame(kText, padded(ping, wire::kFrameBytesMax)),
           "pong, close 1000"),
      said("64 parts", true, in_parts(ping, 64), "pong, close 1000"),
      said("32 levels", true, ping_with(R"("more":)" + repeated("[", 31) + repeated("]", 31)),
           "pong, close 1000"),
      said("1,024 values", true, ping_with(R"("more":[0)" + repeated(",0", 1'020) + "]"),
           "pong, close 1000"),
      said("1,025 values", true, ping_with(R"("more":[0)" + repeated(",0", 1'021) + "]"),
           "error not_json, close 1008"),
      said("a name of 64 bytes", true, frame(kText, R"({"op":"ping","id":")" + name_64 + R"("})"),
           "pong, close 1000"),
      header_of(8 * 1024, "HTTP 200"),
  };
}

}  // namespace trunkline::tests
