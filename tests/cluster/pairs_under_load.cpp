#include "tests/cluster/pairs_under_load.h"

#include <unistd.h>

#include <algorithm>

namespace trunkline::tests {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::milliseconds kSendEvery{4};  // 250 messages a second over all pairs
constexpr std::size_t kStoredBetweenFaults = 150;
constexpr std::size_t kUnansweredMax = 200;  // a client may hold 256
constexpr std::chrono::seconds kStepMax{60};

std::string name(unsigned pair, bool sender) {
  return (sender ? "a" : "b") + std::to_string(pair) + "-" + std::to_string(::getpid());
}

}  // namespace

std::vector<std::string> PairsUnderLoad::names(unsigned pairs) {
  std::vector<std::string> all;
  for (unsigned pair = 0; pair < pairs; ++pair) {
    for (const bool sender : {true, false}) all.push_back(name(pair, sender));
  }
  return all;
}

PairsUnderLoad::PairsUnderLoad(std::vector<std::string> urls, std::string directory, unsigned pairs)
    : urls_(std::move(urls)), directory_(std::move(directory)) {
  for (unsigned pair = 0; pair < pairs; ++pair) {
    senders_.push_back(client(pair, true));
    receivers_.push_back(client(pair, false));
  }
}

unsigned PairsUnderLoad::edge_of(unsigned pair, bool sender) const {
  return (sender ? pair : pair + 1) % static_cast<unsigned>(urls_.size());
}

std::string PairsUnderLoad::ledger_of(unsigned pair, bool sender) const {
  return directory_ + "/" + name(pair, sender) + ".ledger";
}

std::unique_ptr<EnduringClient> PairsUnderLoad::client(unsigned pair, bool sender) {
  lab::ClientConfig config;
  config.url = urls_.at(edge_of(pair, sender));
  config.user = config.password = name(pair, sender);
  config.device = "phone";
  auto made =
      std::make_unique<EnduringClient>(io_, config, name(pair, !sender), ledger_of(pair, sender));
  made->open();
  return made;
}

bool PairsUnderLoad::run_until(const std::function<bool()>& condition) {
  const auto end = Clock::now() + kStepMax;
  while (!condition()) {
    if (Clock::now() > end) return false;
    io_.run_one_for(20ms);
    if (io_.stopped()) io_.restart();
    note_who_went_on();
  }
  return true;
}

void PairsUnderLoad::run_for(std::chrono::milliseconds time) {
  const auto end = Clock::now() + time;
  run_until([&] { return Clock::now() >= end; });
}

bool PairsUnderLoad::all(const std::function<bool(const EnduringClient&)>& what) const {
  const auto one = [&](const std::unique_ptr<EnduringClient>& client) { return what(*client); };
  return std::all_of(senders_.begin(), senders_.end(), one) &&
         std::all_of(receivers_.begin(), receivers_.end(), one);
}

bool PairsUnderLoad::all_come_back() {
  return run_until([&] { return all([](const auto& client) { return client.welcomed(); }); });
}

bool PairsUnderLoad::begin() {
  if (!all_come_back()) return false;
  send_every();
  expect_fault();
  Wait unused;
  return go_on(unused);
}

void PairsUnderLoad::send_every() {
  pace_.expires_after(kSendEvery);
  pace_.async_wait([this](auto error) {
    if (error || finishing_) return;  // no error where it was due when it was cancelled
    EnduringClient& sender = *senders_[next_];
    if (sender.unanswered() < kUnansweredMax) sender.send();
    next_ = (next_ + 1) % static_cast<unsigned>(senders_.size());
    send_every();
  });
}

void PairsUnderLoad::expect_fault() {
  goals_.clear();
  for (const auto& sender : senders_) {
    goals_.push_back({sender->sent() + 1});
  }
  stored_before_ = stored();
  fault_at_ = Clock::now();
}

void PairsUnderLoad::note_who_went_on() {
  for (std::size_t pair = 0; pair < goals_.size(); ++pair) {
    if (goals_[pair].after_s >= 0 || senders_[pair]->stored() < goals_[pair].stored) continue;
    goals_[pair].after_s = std::chrono::duration<double>(Clock::now() - fault_at_).count();
  }
}

bool PairsUnderLoad::go_on(Wait& wait) {
  const bool all_went_on = run_until([&] {
    return stored() >= stored_before_ + kStoredBetweenFaults &&
           std::all_of(goals_.begin(), goals_.end(),
                       [](const Goal& goal) { return goal.after_s >= 0; });
  });
  const auto [first, last] = std::minmax_element(
      goals_.begin(), goals_.end(),
      [](const Goal& one, const Goal& other) { return one.after_s < other.after_s; });
  wait = {first->after_s, last->after_s};
  return all_went_on;
}

bool PairsUnderLoad::finish() {
  finishing_ = true;
  pace_.cancel();
  return run_until([&] {
    for (std::size_t pair = 0; pair < senders_.size(); ++pair) {
      if (senders_[pair]->unanswered() != 0) return false;
      for (const auto* side : {&senders_, &receivers_}) {
        if ((*side)[pair]->cursor() < senders_[pair]->stored()) return false;
      }
    }
    return true;
  });
}

Verdict PairsUnderLoad::verdict() {
  std::vector<LedgerOf> ledgers;
  for (unsigned pair = 0; pair < senders_.size(); ++pair) {
    senders_[pair]->leave();
    receivers_[pair]->leave();
    for (const bool sender : {true, false}) {
      ledgers.push_back({name(pair, sender), ledger_of(pair, sender)});
    }
  }
  return judge(ledgers);
}

void PairsUnderLoad::move(std::vector<std::string> urls) {
  urls_ = std::move(urls);
  for (unsigned pair = 0; pair < senders_.size(); ++pair) {
    senders_[pair]->move(urls_.at(edge_of(pair, true)));
    receivers_[pair]->move(urls_.at(edge_of(pair, false)));
  }
}

void PairsUnderLoad::kill_clients(unsigned pair) {
  for (auto* side : {&senders_, &receivers_}) {
    auto& killed = (*side)[pair];
    seen_by_killed_ += killed->seen();
    killed.reset();
    killed = client(pair, side == &senders_);
  }
}

Seen PairsUnderLoad::seen_at(unsigned edge) const {
  Seen sum;
  for (unsigned pair = 0; pair < senders_.size(); ++pair) {
    if (edge_of(pair, true) == edge) sum += senders_[pair]->seen();
    if (edge_of(pair, false) == edge) sum += receivers_[pair]->seen();
  }
  return sum;
}

Seen PairsUnderLoad::seen() const {
  Seen sum = seen_by_killed_;
  for (unsigned edge = 0; edge < urls_.size(); ++edge) sum += seen_at(edge);
  return sum;
}

std::size_t PairsUnderLoad::stored() const {
  std::size_t sum = 0;
  for (const auto& sender : senders_) sum += sender->stored();
  return sum;
}

}  // namespace trunkline::tests
