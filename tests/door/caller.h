// A client of our protocols that says what it likes, on a socket of its own: nothing is checked,
// completed or retried. What the cluster tells it comes back as words.
//
// Threads: one; blocks as RawConnection does. Surprises are std::runtime_error.
#pragma once

#include "lab/sasl_login.h"
#include "tests/door/conformance_case.h"
#include "tests/door/visit.h"
#include "wire/codec.h"

namespace trunkline::tests {

// {"op":"auth",…} with `data` in base64.
std::string auth_text(std::string_view mechanism, std::string_view data,
                      std::string_view device = "phone");
// The message of PLAIN (RFC 4616).
std::string plain_words(const std::string& user, const std::string& password,
                        const std::string& act_as = {});

class Caller {
 public:
  enum class Speaks { json, bin };
  Caller(std::uint16_t port, bool tls, Speaks speaks);

  // By PLAIN; the password is the name unless given.
  void log_in(const std::string& user, const std::string& device = "phone",
              const std::string& password = {});
  void say_frame(std::string_view whole_frames);  // as one binary message
  void say_text(std::string_view text);           // as one text message
  void say_raw(std::string_view bytes) { visit_.say(bytes); }

  // The next thing that it is told, in words: "error CODE", "refused CODE", "stored", "message FROM
  // DEVICE BODY", "history N", "challenge", "welcome", "pong", "close CODE", "end", "reset".
  std::string told();
  // The same, without messages.
  std::string answer();
  // What the last thing that it was told had with it: the text of an error, the data of a
  // challenge.
  const std::string& more() const { return more_; }
  // All that it is told until the connection is over, messages left out: "error CODE, close CODE".
  std::string ending();
  // The challenge to this first message, answered by `login`, and what comes of it.
  std::string finish(lab::SaslLogin& login, std::string_view mechanism);

 private:
  std::string words_of_text(std::string_view text);
  std::string words_of_frame(const wire::FrameView& frame);

  Speaks speaks_;
  Visit visit_;
  std::string frames_;  // of a binary message, not yet told
  std::string more_;
};

}  // namespace trunkline::tests
