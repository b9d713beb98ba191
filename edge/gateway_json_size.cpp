#include "edge/gateway_json_size.h"

#include "wire/codec.h"

namespace trunkline::edge {
namespace {

// Of a string without its quotes (RFC 8259 section 7).
std::size_t escaped_size(wire::BytesView text) {
  std::size_t size = 0;
  for (const char character : text) {
    switch (character) {
      case '"':
      case '\\':
      case '\b':
      case '\f':
      case '\n':
      case '\r':
      case '\t':
        size += 2;
        break;
      default:
        size += static_cast<unsigned char>(character) < 0x20 ? 6 : 1;
    }
  }
  return size;
}

std::size_t frame_size(wire::MessageClass message_class) {
  const std::size_t stored = std::string_view(R"({"op":"send","id":"","to":"","body":""})").size();
  const std::size_t direct = std::string_view(R"(,"class":"direct")").size();
  return stored + (message_class == wire::MessageClass::direct ? direct : 0);
}

}  // namespace

std::size_t json_size_of(const wire::MessageView& message) {
  const std::size_t names = escaped_size(message.id) + escaped_size(message.to);
  const std::size_t around = frame_size(message.message_class) + names;
  if (wire::is_utf8(message.body)) return around + escaped_size(message.body);
  return around + 1 + (message.body.size() + 2) / 3 * 4;  // "bytes" is one longer than "body"
}

bool is_json_larger_than(const wire::MessageView& message, std::size_t bytes_max) {
  const std::size_t bytes = message.id.size() + message.to.size() + message.body.size();
  const std::size_t at_most = frame_size(message.message_class) + 5 + 6 * bytes;
  return at_most > bytes_max && json_size_of(message) > bytes_max;
}

}  // namespace trunkline::edge
