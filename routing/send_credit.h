// How many bytes of SENDs this rank, as the sender's rank, has under way to each home (protocol
// section 9). A home has room set aside for that much; the rest waits here, and the answer to each
// SEND gives its bytes back. The own home counts like any other.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "routing/links.h"
#include "routing/ports.h"
#include "routing/send_line.h"

namespace trunkline::routing {

class SendCredit {
 public:
  // `to_own_home` takes a SEND whose home is this rank.
  SendCredit(Turn& turn, Ports& ports, Links& links,
             std::function<void(const wire::FrameView&)> to_own_home);

  // A SEND of a session here: passed on, or in line.
  void take(const wire::FrameView& send);
  // The answer of `home` to a SEND of `cost` bytes has come.
  void give_back(wire::RankId home, std::size_t cost);
  // Passes on what the credit that came back allows; true: something was. Not from within an
  // answer: homes answer while they take SENDs.
  bool release();
  // Refuses what has waited 5 s (rule 7a).
  void refuse_busy();
  // StopAsked: whatever waits is refused.
  void refuse_all();
  void drop_port(wire::PortId port);

  std::int64_t busy_at() const;
  bool settled() const;  // nothing waits or is under way
  std::size_t outstanding(wire::RankId home) const { return homes_[home].outstanding; }
  std::size_t outstanding_max() const;
  std::size_t waiting() const;
  static std::size_t bytes_per_peer() { return sizeof(Home); }

 private:
  struct Home {
    std::size_t outstanding = 0;
    std::unique_ptr<SendLine> line;  // while something waits
  };
  void pass(wire::RankId home, const wire::FrameView& send);
  void refuse(const wire::FrameView& send, wire::Code code);
  void refuse(const std::vector<SendLine::Waiting>& refused, wire::Code code);
  // Forgets lines that are empty.
  void tidy();

  Turn& turn_;
  Ports& ports_;
  Links& links_;
  const std::function<void(const wire::FrameView&)> to_own_home_;
  const std::size_t outstanding_max_;
  std::vector<Home> homes_;
  std::vector<wire::RankId> waiting_;  // homes with a line
};

}  // namespace trunkline::routing
