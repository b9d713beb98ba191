#include "lab/postcards.h"

#include <algorithm>
#include <cstdio>
#include <exception>
#include <unordered_map>

namespace trunkline::lab {
namespace {

// That one message leaves with one thread of a rank, at most; it is visited twice.
constexpr double kCardsPerMessage = 16;

std::size_t ring_for(double messages) {
  const double cards = messages * kCardsPerMessage;
  if (cards >= static_cast<double>(wire::kCardsPerRingMax)) return wire::kCardsPerRingMax;
  return std::max(wire::kCardsPerRing, static_cast<std::size_t>(cards));
}

// By the clock of this process, near the time when the card's message was sent by it. Cards of
// other messages do not count: those that compare clocks leave some, too.
ClockOf clock_of(const ClockFindings& clock, const std::vector<wire::Card>& of_clients) {
  std::unordered_map<std::uint64_t, std::int64_t> sent;
  for (const wire::Card& card : of_clients) {
    sent.insert({card.id, static_cast<std::int64_t>(card.ns)});
  }
  return [&clock, sent = std::move(sent)](wire::Card& card) {
    const auto near = sent.find(card.id);
    if (near == sent.end()) return false;
    if (clock.hosts() < 2) return true;
    const auto ours =
        clock.stamps().by_ours(card.node, static_cast<std::uint32_t>(card.ns), near->second);
    card.ns = static_cast<std::uint64_t>(ours.value_or(0));
    return ours.has_value();
  };
}

}  // namespace

PostcardRun::PostcardRun(const wire::ClusterFile& cluster, double messages) : trace_(cluster) {
  trace_.on(ring_for(messages));
}

PostcardRun::~PostcardRun() {
  if (!on_) return;
  try {
    trace_.off();
  } catch (const std::exception& problem) {
    std::fprintf(stderr, "trunkline-lab: a trace stays on: %s\n", problem.what());
  }
}

Postcards PostcardRun::end(std::vector<wire::Card> of_clients, const ClockFindings& clock) {
  const ClockOf by_ours = clock_of(clock, of_clients);
  Postcards postcards;
  for (const ClusterTrace::State& state : trace_.off()) postcards.lost += state.lost;
  on_ = false;
  postcards.all = trace_.take();
  postcards.all.push_back({"clients", std::move(of_clients)});
  std::vector<wire::Card> together;
  for (const ClusterTrace::Cards& of : postcards.all) {
    together.insert(together.end(), of.cards.begin(), of.cards.end());
  }
  postcards.waits.add(std::move(together), by_ours);
  return postcards;
}

}  // namespace trunkline::lab
