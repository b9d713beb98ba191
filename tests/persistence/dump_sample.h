// A small dump with one of everything, and what a reader made of a file.
#pragma once

#include <cstring>
#include <vector>

#include "persistence/dump_reader.h"
#include "persistence/dump_writer.h"

namespace trunkline::persistence {

inline wire::MessageRecord a_dumped_message(wire::BytesView owner, wire::Mseq mseq) {
  wire::MessageRecord record;
  record.owner = owner;
  record.mseq = mseq;
  record.sepoch = wire::make_sepoch(3, 1);
  record.print = 100 + mseq;
  record.time_ms = 1'700'000'000'000;
  record.count_sum = mseq;
  record.message = {wire::MessageClass::stored, "alice", "phone", owner, "m", "good morning", {}};
  return record;
}

inline wire::Account a_dumped_account(wire::BytesView user) {
  wire::Account account;
  account.user = user;
  account.salt = "salt";
  account.mailbox = "1700000000000";
  return account;
}

inline void add(DumpWriter& writer, const wire::Account& account) {
  const wire::Bytes bytes = wire::encoded_account(account);
  writer.add(DumpAccount{bytes, account});
}

inline void add(DumpWriter& writer, const wire::MessageRecord& record) {
  const wire::Bytes bytes = wire::encoded_record(record);
  writer.add(DumpMessage{bytes, record});
}

inline DumpHeader a_dump_header() {
  return {1'700'000'000'000, 2, 3, {9}};
}

inline DumpMailbox a_dumped_mailbox(wire::BytesView owner) {
  DumpMailbox mailbox{owner, {}};
  mailbox.meta.head = 4;
  mailbox.meta.first = 3;
  return mailbox;
}

// alice and bob; bob's mailbox, from which retention has taken messages 1 and 2.
inline wire::Bytes a_dump() {
  wire::Bytes file;
  DumpWriter writer(a_dump_header(), [&](wire::BytesView bytes) { file.append(bytes); });
  add(writer, a_dumped_account("alice"));
  add(writer, a_dumped_account("bob"));
  writer.add(a_dumped_mailbox("bob"));
  writer.add(DumpCursor{"desk", 2, 5});
  writer.add(DumpCursor{"phone", 3, 6});
  add(writer, a_dumped_message("bob", 3));
  add(writer, a_dumped_message("bob", 4));
  writer.add(DumpRemembered{"alice", "phone", 2, 102, 1, 2});
  writer.finish();
  return file;
}

// Items as words, in their order.
struct ReadDump {
  std::vector<std::string> items;
  std::optional<DumpProblem> problem;
  DumpReader::Take take() {
    return [this](const DumpItem& item) { items.push_back(word_of(item)); };
  }

 private:
  static std::string word_of(const DumpItem& item) {
    if (const auto* header = std::get_if<DumpHeader>(&item)) {
      return "epoch " + std::to_string(header->epoch);
    }
    if (const auto* account = std::get_if<DumpAccount>(&item)) {
      return "account " + wire::Bytes(account->decoded.user);
    }
    if (const auto* mailbox = std::get_if<DumpMailbox>(&item)) {
      return "mailbox " + wire::Bytes(mailbox->owner);
    }
    if (const auto* cursor = std::get_if<DumpCursor>(&item)) {
      return "cursor " + wire::Bytes(cursor->device) + " " + std::to_string(cursor->mseq);
    }
    if (const auto* message = std::get_if<DumpMessage>(&item)) {
      return "message " + std::to_string(message->decoded.mseq);
    }
    return "remembered " + std::to_string(std::get<DumpRemembered>(item).mseq);
  }
};

inline ReadDump read(wire::BytesView file) {
  ReadDump read;
  read.problem = read_dump(file, read.take());
  return read;
}

}  // namespace trunkline::persistence
