// What one client did and saw, written to disk before it goes on: the client's word cannot change
// afterwards. The checker reads nothing else.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace trunkline::tests {

class Ledger {
 public:
  explicit Ledger(const std::string& path);
  ~Ledger();
  Ledger(const Ledger&) = delete;
  Ledger& operator=(const Ledger&) = delete;

  void sent(std::string_view id);    // before the first send
  void stored(std::string_view id);  // when it was acknowledged
  // Every message of the socket, counted raw: before the client drops anything.
  void shown(std::uint64_t mseq, std::string_view from, std::string_view id);
  void mailbox(std::string_view id);  // the one that the cursor counts in

 private:
  void write(const std::string& line);
  int file_ = -1;
};

// What a client that was killed knows of itself afterwards.
struct Remembered {
  std::vector<std::string> unanswered;  // ids, in the order sent
  std::size_t sent = 0, stored = 0;
  std::uint64_t cursor = 0;
  std::string mailbox;
};
Remembered remember(const std::string& ledger);

struct Verdict {
  std::size_t sent = 0, stored = 0, shown = 0;
  std::size_t acked_lost = 0;    // stored, and never shown to the receiver
  std::size_t shown_twice = 0;   // the same id, raw
  std::size_t out_of_order = 0;  // shown before one that was sent earlier
  std::size_t holes = 0;         // mseq did not rise by one
  std::size_t never_sent = 0;    // shown, but nobody sent it
  std::size_t unanswered = 0;    // sent, and not stored in the end

  // All that must not be.
  std::size_t wrong() const {
    return acked_lost + shown_twice + out_of_order + holes + never_sent + unanswered;
  }
  Verdict& operator+=(const Verdict& other);
};
std::string to_string(const Verdict& verdict);
// Judges one sender's messages to one receiver by their two ledgers. `sender`: the user's name.
Verdict judge(const std::string& sender_ledger, const std::string& receiver_ledger,
              const std::string& sender);

}  // namespace trunkline::tests
