#include "routing/send_credit.h"

#include <algorithm>

namespace trunkline::routing {

using wire::FrameView;
using wire::RankId;

SendCredit::SendCredit(Turn& turn, Ports& ports, Links& links,
                       std::function<void(const FrameView&)> to_own_home)
    : turn_(turn),
      ports_(ports),
      links_(links),
      to_own_home_(std::move(to_own_home)),
      outstanding_max_(turn.config.send_bytes_outstanding > 0
                           ? turn.config.send_bytes_outstanding
                           : wire::send_bytes_outstanding_max(turn.ranks())),
      homes_(turn.ranks()) {}

void SendCredit::take(const FrameView& send) {
  ++turn_.counters.sends;
  if (turn_.stopping) return refuse(send, wire::Code::unavailable);
  const RankId rank = turn_.slots.rank_of(send.header.slot);
  Home& home = homes_[rank];
  if (!home.line && home.outstanding < outstanding_max_) return pass(rank, send);
  if (!home.line) {
    home.line = std::make_unique<SendLine>();
    waiting_.push_back(rank);
  }
  home.line->push(send, turn_.now);
}

void SendCredit::pass(RankId home, const FrameView& send) {
  homes_[home].outstanding += send.whole.size();
  if (home == turn_.self()) {
    to_own_home_(send);
  } else {
    links_.forward(home, send);
  }
}

void SendCredit::give_back(RankId home, std::size_t cost) {
  homes_[home].outstanding -= std::min(cost, homes_[home].outstanding);
}

bool SendCredit::release() {
  if (waiting_.empty()) return false;
  bool passed = false;
  // By index: an answer of the own home may come back at once, but adds no line.
  for (std::size_t i = 0; i < waiting_.size(); ++i) {
    Home& home = homes_[waiting_[i]];
    while (!home.line->empty() && home.outstanding < outstanding_max_) {
      const SendLine::Waiting first = home.line->pop_front();
      pass(waiting_[i], *wire::decode(first.frame));
      passed = true;
    }
  }
  tidy();
  return passed;
}

void SendCredit::refuse_busy() {
  for (const RankId rank : waiting_) {
    refuse(homes_[rank].line->take_busy(turn_.now), wire::Code::busy);
  }
  tidy();
}

void SendCredit::refuse_all() {
  for (const RankId rank : waiting_) refuse(homes_[rank].line->take_all(), wire::Code::unavailable);
  tidy();
}

void SendCredit::drop_port(wire::PortId port) {
  for (const RankId rank : waiting_) homes_[rank].line->drop_port(port);
  tidy();
}

void SendCredit::tidy() {
  std::erase_if(waiting_, [this](RankId rank) {
    if (!homes_[rank].line->empty()) return false;
    homes_[rank].line.reset();
    return true;
  });
}

void SendCredit::refuse(const std::vector<SendLine::Waiting>& refused, wire::Code code) {
  for (const SendLine::Waiting& waiting : refused) refuse(*wire::decode(waiting.frame), code);
}

void SendCredit::refuse(const FrameView& send, wire::Code code) {
  const auto payload = wire::payload_of<wire::Send>(send);
  Port* port = ports_.find(send.header.address.port);
  if (!payload || port == nullptr) return;
  ++turn_.counters.refused[static_cast<std::uint8_t>(code)];
  ports_.add(*port, send.header.address,
             wire::Refused{payload->tag, static_cast<std::uint32_t>(send.whole.size()), code});
}

std::int64_t SendCredit::busy_at() const {
  std::int64_t at = kNever;
  for (const RankId rank : waiting_) at = std::min(at, homes_[rank].line->busy_at());
  return at;
}

bool SendCredit::settled() const {
  return waiting_.empty() && outstanding_max() == 0;
}

std::size_t SendCredit::outstanding_max() const {
  std::size_t most = 0;
  for (const Home& home : homes_) most = std::max(most, home.outstanding);
  return most;
}

std::size_t SendCredit::waiting() const {
  std::size_t sum = 0;
  for (const RankId rank : waiting_) sum += homes_[rank].line->size();
  return sum;
}

}  // namespace trunkline::routing
