// What a store's tests say: messages into mailboxes, waiting for what was queued, reading back.
#pragma once

#include <gtest/gtest.h>
#include <poll.h>

#include <algorithm>

#include "persistence/store.h"
#include "tests/persistence/store_places.h"

namespace trunkline::persistence {

inline constexpr std::int64_t kDayMs = std::int64_t{24} * 3600 * 1000;

// A message as the home of `owner` makes it; the test names what matters to it.
struct Letter {
  wire::Bytes owner = "bob";
  wire::Mseq mseq = 1;
  wire::Bytes from = "alice";
  wire::Bytes body = "good morning";
  wire::Bytes device = "phone";
  wire::Bytes to = {};  // empty: the owner
  std::int64_t time_ms = kLettersTimeMs;
  wire::LogId source_log = 0;
  wire::Lsn source_lsn = 0;
  std::uint64_t count_sum = 0;  // 0: mseq

  wire::Bytes encoded() const {
    const wire::Bytes id = "m" + std::to_string(mseq);
    wire::MessageRecord record;
    record.owner = owner;
    record.mseq = mseq;
    record.sepoch = wire::make_sepoch(1, 1);
    record.print = wire::print_of(wire::PrintKey{1}, id, body);
    record.time_ms = time_ms;
    record.source_log = source_log;
    record.source_lsn = source_lsn;
    record.count_sum = count_sum == 0 ? mseq : count_sum;
    record.bytes_sum = record.count_sum * 100;
    record.message = {
        wire::MessageClass::stored, from, device, to.empty() ? owner : to, id, body, {}};
    return wire::encoded_record(record);
  }
};

inline wire::Bytes an_account(wire::BytesView user, std::uint64_t auth_version = 1) {
  wire::Account account;
  account.user = user;
  account.salt = "salt";
  account.auth_version = auth_version;
  account.mailbox = "1700000000000";
  return wire::encoded_account(account);
}

inline std::vector<wire::Mseq> mseqs_of(const std::vector<wire::Bytes>& records) {
  std::vector<wire::Mseq> numbers;
  for (const wire::Bytes& record : records) {
    numbers.push_back(wire::record_of<wire::MessageRecord>(*wire::decode_record(record))->mseq);
  }
  return numbers;
}

inline std::vector<wire::Bytes> bodies_of(const std::vector<wire::Bytes>& records) {
  std::vector<wire::Bytes> bodies;
  for (const wire::Bytes& record : records) {
    bodies.emplace_back(
        wire::record_of<wire::MessageRecord>(*wire::decode_record(record))->message.body);
  }
  return bodies;
}

// Drives one store as its rank would.
template <class S>
class StoreUser {
 public:
  explicit StoreUser(S& store) : store_(store) {}

  void append(wire::Bytes record) { submit(wire::AppendRecord{std::move(record)}); }
  void append(const Letter& letter) { append(letter.encoded()); }
  template <class What>
  void submit(What what) {
    std::vector<wire::StoreOp> ops;
    ops.push_back({++op_, generation_, false, std::move(what)});
    store_.submit(std::move(ops));
  }
  // Messages first … last of `owner`, each with `body`.
  void append_many(const wire::Bytes& owner, wire::Mseq first, wire::Mseq last,
                   const wire::Bytes& body = "good morning",
                   std::int64_t time_ms = Letter{}.time_ms) {
    std::vector<wire::StoreOp> ops;
    for (wire::Mseq mseq = first; mseq <= last; ++mseq) {
      Letter letter{.owner = owner, .mseq = mseq, .body = body, .time_ms = time_ms};
      ops.push_back({++op_, generation_, false, wire::AppendRecord{letter.encoded()}});
    }
    store_.submit(std::move(ops));
  }
  // Appends large messages from `mseq` on, one commit each, until one is taken back. Returns its
  // number.
  wire::Mseq append_until_taken_back(const wire::Bytes& owner, wire::Mseq mseq) {
    const std::uint32_t generation = generation_;
    for (; generation_ == generation; ++mseq) {
      append({.owner = owner, .mseq = mseq, .body = wire::Bytes(60'000, 'x')});
      settle();
    }
    return mseq - 1;
  }
  // Until all submitted operations are answered. What came is in events().
  void settle() {
    collect();
    while (store_.queued() > 0) wait();
  }
  // Until `holds()`, which something that the store tells brings about.
  template <class Holds>
  void wait_until(Holds holds) {
    collect();
    while (!holds()) wait();
  }
  // Until `seen(event)`.
  template <class Seen>
  void wait_for(Seen seen) {
    collect();
    while (std::none_of(events_.begin(), events_.end(), seen)) wait();
  }
  const std::vector<wire::StoreEvent>& events() const { return events_; }
  template <class What>
  std::vector<What> all() const {
    std::vector<What> found;
    for (const wire::StoreEvent& event : events_) {
      if (const auto* what = std::get_if<What>(&event)) found.push_back(*what);
    }
    return found;
  }
  void forget_events() { events_.clear(); }
  wire::Op op() const { return op_; }
  std::uint32_t generation() const { return generation_; }

  template <class Answer, class What>
  Answer load(What what) {
    wire::Loaded out;
    const wire::Load load{++ticket_, std::move(what)};
    if (!store_.load(load, out)) {
      const auto is_answer = [&](const wire::StoreEvent& event) {
        const auto* loaded = std::get_if<wire::Loaded>(&event);
        return loaded != nullptr && loaded->ticket == load.ticket;
      };
      wait_for(is_answer);
      out = std::get<wire::Loaded>(*std::find_if(events_.begin(), events_.end(), is_answer));
    }
    EXPECT_EQ(out.ticket, load.ticket);
    return std::get<Answer>(out.what);
  }
  wire::MessagesLoaded messages(const wire::Bytes& owner, wire::Mseq after = 0,
                                std::size_t records_max = 1'000,
                                std::size_t bytes_max = std::size_t{1} << 30) {
    return load<wire::MessagesLoaded>(wire::LoadMessages{owner, after, records_max, bytes_max});
  }
  wire::HistoryLoaded history(const wire::Bytes& owner, const wire::Bytes& with = {},
                              wire::Mseq before = wire::kNoMseq, std::size_t limit = 50,
                              std::size_t bytes_max = std::size_t{1} << 30) {
    return load<wire::HistoryLoaded>(wire::LoadHistory{owner, with, before, limit, bytes_max});
  }
  wire::MailboxLoaded mailbox(const wire::Bytes& owner) {
    return load<wire::MailboxLoaded>(wire::LoadMailbox{owner});
  }
  wire::Bytes account(const wire::Bytes& owner) {
    return load<wire::AccountLoaded>(wire::LoadAccount{owner}).account;
  }
  std::vector<wire::Remembered> remembered(const wire::Bytes& owner, const wire::Bytes& sender,
                                           const wire::Bytes& device = "phone") {
    return load<wire::RememberedLoaded>(wire::LoadRemembered{owner, sender, device}).entries;
  }
  wire::CopiesLoaded copies(wire::RankId target, wire::Lsn after = 0,
                            std::size_t bytes_max = std::size_t{1} << 30) {
    return load<wire::CopiesLoaded>(wire::LoadCopies{target, after, bytes_max});
  }

 private:
  void collect() {
    const std::size_t known = events_.size();
    store_.poll(events_);
    for (std::size_t at = known; at < events_.size(); ++at) {
      if (const auto* taken = std::get_if<wire::TakenBack>(&events_[at])) {
        generation_ = taken->generation;
      }
    }
  }
  void wait() {
    if (store_.event_fd() >= 0) {
      pollfd waiting{store_.event_fd(), POLLIN, 0};
      ASSERT_EQ(::poll(&waiting, 1, 20'000), 1) << "the store is silent";
    }
    collect();
  }

  S& store_;
  wire::Op op_ = 0;
  wire::Ticket ticket_ = 0;
  std::uint32_t generation_ = 0;
  std::vector<wire::StoreEvent> events_;
};

}  // namespace trunkline::persistence
