// What one client did and saw, written to disk before it goes on: the client's word cannot change
// afterwards. The checker reads nothing else.
#pragma once

#include <cstdint>
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

  void sent(std::string_view id, std::string_view to);  // before the first send
  void stored(std::string_view id);                     // when it was acknowledged
  void refused(std::string_view id, bool may_retry);
  // Every message of the socket, counted raw: before the client drops anything.
  void shown(std::uint64_t mseq, std::string_view from, std::string_view to, std::string_view id);
  void mailbox(std::string_view id);  // the one that the cursor counts in

 private:
  void write(const std::string& line);
  int file_ = -1;
};

// What a client that was killed knows of itself afterwards.
struct Remembered {
  struct Message {
    std::string id, to;
  };
  std::vector<Message> sent, unanswered;  // in the order sent
  std::size_t stored = 0;
  std::uint64_t cursor = 0;
  std::string mailbox;
};
Remembered remember(const std::string& ledger);

// The rules are the simulator's (tests/sim/mail_judge.h: I1 to I6), as far as clients can see them:
// that one looks at the disks after every step, this one has only what was written down outside.
struct Verdict {
  std::size_t sent = 0, stored = 0, refused = 0;  // refused: for good
  std::size_t acked_lost = 0;     // I1: stored, and never shown to the receiver, or to its sender
  std::size_t shown_twice = 0;    // I2: the same id to the same reader, raw
  std::size_t out_of_order = 0;   // I3: shown before one that was sent earlier
  std::size_t holes = 0;          // I4, I5: mseq did not rise by one
  std::size_t never_sent = 0;     // I6: shown, but nobody sent it so
  std::size_t misdirected = 0;    // shown to neither its receiver nor its sender
  std::size_t refused_shown = 0;  // refused for good, and shown
  std::size_t unanswered = 0;     // in the end neither stored nor refused
  std::string first;              // of all that is wrong, in words

  // All that must not be.
  std::size_t wrong() const {
    return acked_lost + shown_twice + out_of_order + holes + never_sent + misdirected +
           refused_shown + unanswered;
  }
};
std::string to_string(const Verdict& verdict);
struct LedgerOf {
  std::string user, path;
};
// Judges all clients of a cluster, each with one device. A message that was refused for now has
// left its place in the order (client-protocol rule 2); all else counts.
Verdict judge(const std::vector<LedgerOf>& ledgers);

}  // namespace trunkline::tests
