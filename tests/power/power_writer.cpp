// A rank reduced to its store: appends messages as one home does, with cursors and copies, and says
// what was acknowledged by notes in the trace. power-writer DIRECTORY MESSAGES [early|alone]
//
// `early` acknowledges before the commit: a fault that the power-cut test must find. `alone` waits
// for every message: as many commits as messages.
#include <poll.h>

#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <deque>
#include <map>

#include "persistence/lmdb_store.h"
#include "persistence/stop_serving.h"
#include "tests/power/verdict.h"

// Given by the interposers; without them there is nobody to tell.
extern "C" __attribute__((weak)) void trunkline_power_note(const char* text);
extern "C" __attribute__((weak)) void trunkline_memory_count();

namespace trunkline::power {
namespace {

constexpr std::size_t kUsers = 12;
constexpr std::size_t kTogether = 7;  // appended in one turn

class Writer {
 public:
  explicit Writer(const std::string& directory) : store_(config(directory)) { store_.begin(1); }

  void run(std::size_t messages, const std::string& how) {
    const bool early = how == "early", alone = how == "alone";
    const std::size_t together = alone ? 1 : kTogether;
    for (std::size_t sent = 0; sent < messages; sent += together) {
      std::vector<wire::StoreOp> ops;
      for (std::size_t n = 0; n < together; ++n) send(sent + n, ops);
      if (sent % (10 * kTogether) == 0) put_account(sent, ops);
      store_.submit(std::move(ops));
      if (early) tell(op_);
      // Some turns wait for their commits, some pile up behind them.
      while (store_.queued() > (alone ? 0 : sent % 5 * kTogether)) wait();
    }
    while (store_.queued() > 0) wait();
  }

 private:
  static persistence::LmdbConfig config(const std::string& directory) {
    persistence::LmdbConfig config;
    config.directory = directory + "/rank-0";
    config.tail_records = 300;
    config.ballast_bytes = 1 << 20;
    config.chunk_bytes = 1 << 20;
    return config;
  }
  static std::string user(std::size_t number) { return "user" + std::to_string(number % kUsers); }

  // The message and, in the same commit, the sender's copy: both homes are here.
  void send(std::size_t number, std::vector<wire::StoreOp>& ops) {
    const Acked message{0, user(number * 5), user(number * 5 + 1 + number % 3),
                        "m" + std::to_string(number), std::string(40 + number * 37 % 700, 'b')};
    ops.push_back({++op_, 0, false, wire::AppendRecord{record(message, message.to)}});
    ops.push_back({++op_, 0, true, wire::AppendRecord{record(message, message.from)}});
    unacked_.emplace_back(op_, message);
    if (number % 20 == 0) {
      const wire::CursorRecord cursor{message.to, "desk", heads_[message.to], 1};
      ops.push_back({++op_, 0, false, wire::AppendRecord{wire::encoded_record(cursor)}});
    }
  }

  wire::Bytes record(const Acked& message, const std::string& owner) {
    wire::MessageRecord record;
    record.owner = owner;
    record.mseq = ++heads_[owner];
    record.time_ms = std::time(nullptr) * 1'000;
    record.message = {wire::MessageClass::stored,
                      message.from,
                      "phone",
                      message.to,
                      message.id,
                      message.body,
                      {}};
    return wire::encoded_record(record);
  }

  void put_account(std::size_t number, std::vector<wire::StoreOp>& ops) {
    wire::Account account;
    const std::string name = user(number);
    account.user = name;
    account.auth_version = number;
    ops.push_back({++op_, 0, false, wire::PutAccount{wire::encoded_account(account)}});
  }

  void wait() {
    pollfd waiting{store_.event_fd(), POLLIN, 0};
    ::poll(&waiting, 1, 1'000);
    std::vector<wire::StoreEvent> events;
    store_.poll(events);
    for (const wire::StoreEvent& event : events) {
      if (const auto* durable = std::get_if<wire::Durable>(&event)) tell(durable->op);
    }
  }

  void tell(wire::Op up_to) {
    for (; !unacked_.empty() && unacked_.front().first <= up_to; unacked_.pop_front()) {
      if (trunkline_power_note != nullptr) {
        trunkline_power_note(to_note(unacked_.front().second).c_str());
      }
    }
  }

  persistence::LmdbStore store_;
  wire::Op op_ = 0;
  std::map<std::string, wire::Mseq> heads_;
  std::deque<std::pair<wire::Op, Acked>> unacked_;
};

}  // namespace
}  // namespace trunkline::power

int main(int argc, char** argv) {
  if (argc < 3) {
    std::fputs("power-writer DIRECTORY MESSAGES [early|alone]\n", stderr);
    return 2;
  }
  trunkline::persistence::stop_when_memory_ends();
  if (trunkline_memory_count != nullptr) trunkline_memory_count();
  try {
    trunkline::power::Writer(argv[1]).run(std::strtoul(argv[2], nullptr, 10),
                                          argc > 3 ? argv[3] : "");
  } catch (const std::exception& error) {
    std::fprintf(stderr, "power-writer: %s\n", error.what());
    return 1;
  }
}
