// Looks at the headers of WebSocket frames (RFC 6455 section 5.2) on their way from the socket to
// Beast, for two things that Beast leaves no say in: how many fragments a message may have, and
// that text is not UTF-8, which Beast answers with a bare close 1007 where our clients are promised
// `error not_json`. So text frames are handed on as binary ones, and the JSON parser, which checks
// UTF-8 anyway, is the one that judges. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

namespace trunkline::edge {

class FrameWalker {
 public:
  // From here on the bytes are frames. Before, walk() does nothing.
  void begin(bool wants_text, std::size_t fragments_max);
  void limit_fragments(std::size_t fragments_max) { fragments_max_ = fragments_max; }

  // The next `size` bytes from the socket; opcodes are changed where they lie. False: a message has
  // more fragments than it may; end the connection.
  [[nodiscard]] bool walk(char* bytes, std::size_t size);

  // The number, 1, 2, 3 …, of the first message that is of the kind which this session does not
  // speak: binary where text is wanted, or text where binary is. 0: none yet.
  std::uint64_t first_of_wrong_kind() const { return wrong_kind_; }

 private:
  [[nodiscard]] bool begin_frame(char& first_byte);
  void end_header();

  bool active_ = false, wants_text_ = false;
  std::size_t fragments_max_ = 0, fragments_ = 0;
  std::uint64_t messages_ = 0, wrong_kind_ = 0;
  unsigned char header_[14] = {};
  std::size_t have_ = 0, need_ = 2;  // bytes of the header that is being read
  std::uint64_t payload_ = 0;        // bytes of the frame that are still to come
};

}  // namespace trunkline::edge
