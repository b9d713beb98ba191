// One WebSocket of a stranger: raw frames out, frames back one at a time.
//
// Threads: one; blocks as RawConnection does.
#pragma once

#include "tests/door/raw_connection.h"

namespace trunkline::tests {

// What came: a frame, or the end of the connection.
struct Heard {
  bool is_frame = false;
  unsigned opcode = 0;
  bool last = true;
  std::string payload;
  std::string end;  // no frame: "end" in good order, else "reset", "silence", "half a frame" …

  bool is_close() const;
  // "close 1000", "1:Hello" (long payloads by their size and hash), or how it ended.
  std::string words() const;
};
std::string words_of(unsigned opcode, std::string_view payload);

class Visit {
 public:
  // Throws std::runtime_error with the answer if it is not 101. `headers`: as upgrade_request().
  Visit(std::uint16_t port, bool tls, std::string_view headers);

  void say(std::string_view bytes, std::size_t piece = 0) { connection_.write(bytes, piece); }
  Heard next();

 private:
  RawConnection connection_;
  std::string in_;
  std::size_t taken_ = 0;
};

}  // namespace trunkline::tests
