#include "tests/door/visit.h"

#include <functional>
#include <stdexcept>

#include "lab/websocket.h"

namespace trunkline::tests {
namespace {

constexpr std::size_t kReadable = 200;

Heard ended(std::string how) {
  Heard heard;
  heard.end = std::move(how);
  return heard;
}

}  // namespace

bool Heard::is_close() const {
  return is_frame && opcode == static_cast<unsigned>(lab::Opcode::close);
}

std::string Heard::words() const {
  if (!is_frame) return end;
  if (is_close()) return "close " + std::to_string(lab::close_code(payload));
  return words_of(opcode, payload) + (last ? "" : " and more");
}

std::string words_of(unsigned opcode, std::string_view payload) {
  const std::string kind = std::to_string(opcode) + ":";
  if (payload.size() <= kReadable) return kind + std::string(payload);
  return kind + std::to_string(payload.size()) + " bytes, " +
         std::to_string(std::hash<std::string_view>{}(payload));
}

Visit::Visit(std::uint16_t port, bool tls, std::string_view headers) : connection_(port, tls) {
  connection_.write(upgrade_request(headers));
  HttpAnswer answer = read_http_answer(connection_);
  if (answer.status != 101) throw std::runtime_error("no WebSocket: " + answer.head);
  in_ = std::move(answer.rest);
}

Heard Visit::next() {
  for (;;) {
    wire::BytesView left = std::string_view(in_).substr(taken_);
    lab::ServerFrame frame;
    switch (lab::take_server_frame(left, frame)) {
      case lab::Taking::taken:
        taken_ = in_.size() - left.size();
        return {true, static_cast<unsigned>(frame.opcode), frame.last, std::string(frame.payload),
                ""};
      case lab::Taking::broken:
        return ended("what no server sends");
      case lab::Taking::incomplete:
        break;
    }
    switch (connection_.read(in_)) {
      case RawConnection::Heard::bytes:
        break;
      case RawConnection::Heard::end:
        return ended(taken_ == in_.size() ? "end" : "half a frame");
      case RawConnection::Heard::reset:
        return ended("reset");
      case RawConnection::Heard::silence:
        return ended("silence");
    }
  }
}

}  // namespace trunkline::tests
