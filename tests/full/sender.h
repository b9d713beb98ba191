// A client that sends until it is refused, and again until it is accepted: one message after the
// other, and how long each answer took.
#pragma once

#include <gtest/gtest.h>

#include <chrono>

#include "tests/support/test_client.h"

namespace trunkline::tests {

class Sender {
 public:
  Sender(Room& room, TestClient& client, std::string to, std::size_t body_bytes)
      : room_(room), client_(client), to_(std::move(to)), body_(body_bytes, 'x') {}

  // Of message `number`; ok: it is stored.
  wire::Code send(unsigned number) {
    const auto begun = std::chrono::steady_clock::now();
    const std::string id = "n" + std::to_string(number);
    client_.send_as(id, to_, body_);
    EXPECT_TRUE(
        room_.wait_until([&] { return !client_.stored().empty() || !client_.refusals().empty(); },
                         std::chrono::seconds(30)));
    took_ms_ =
        std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begun).count();
    if (!client_.stored().empty()) {
      client_.expect_stored(id);
      return wire::Code::ok;
    }
    const RefusedWith refused = client_.next_refused();
    EXPECT_EQ(refused.id, id);
    return refused.code;
  }
  // Sends messages until one is refused; its number. `most`: there must have been one by then.
  unsigned send_until_refused(unsigned most, wire::Code code) {
    for (unsigned number = next_; number < next_ + most; ++number) {
      const wire::Code answer = send(number);
      if (answer == wire::Code::ok) continue;
      EXPECT_EQ(answer, code);
      EXPECT_TRUE(wire::may_retry(answer));
      return next_ = number;
    }
    throw Surprise("nothing was refused");
  }
  // The one that was refused, with the same id, until it is stored.
  void send_until_stored(std::chrono::seconds patience = std::chrono::seconds(30)) {
    const auto until = std::chrono::steady_clock::now() + patience;
    while (send(next_) != wire::Code::ok) {
      if (std::chrono::steady_clock::now() > until) throw Surprise("it is not accepted again");
      room_.wait_until([] { return false; }, std::chrono::milliseconds(50));
    }
    ++next_;
  }
  double took_ms() const { return took_ms_; }
  unsigned next() const { return next_; }

 private:
  Room& room_;
  TestClient& client_;
  const std::string to_, body_;
  unsigned next_ = 1;
  double took_ms_ = 0;
};

}  // namespace trunkline::tests
