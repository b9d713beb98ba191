#include "lab/postcards.h"

#include <algorithm>
#include <cstdio>
#include <exception>

namespace trunkline::lab {
namespace {

// That one message leaves with one thread of a rank, at most; it is visited twice.
constexpr double kCardsPerMessage = 16;

std::size_t ring_for(double messages) {
  const double cards = messages * kCardsPerMessage;
  if (cards >= static_cast<double>(wire::kCardsPerRingMax)) return wire::kCardsPerRingMax;
  return std::max(wire::kCardsPerRing, static_cast<std::size_t>(cards));
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

Postcards PostcardRun::end(std::vector<wire::Card> of_clients) {
  Postcards postcards;
  for (const ClusterTrace::State& state : trace_.off()) postcards.lost += state.lost;
  on_ = false;
  postcards.all = trace_.take();
  postcards.all.push_back({"clients", std::move(of_clients)});
  std::vector<wire::Card> together;
  for (const ClusterTrace::Cards& of : postcards.all) {
    together.insert(together.end(), of.cards.begin(), of.cards.end());
  }
  postcards.waits.add(std::move(together));
  return postcards;
}

}  // namespace trunkline::lab
