// What every store keeps to, whatever it is made of: one set of stories, run for each of them.
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include "tests/persistence/store_places.h"
#include "tests/persistence/store_verbs.h"

namespace trunkline::persistence {
namespace {

// Two ranks: users whose home is elsewhere get their copies by a stream.
template <class Kind>
class StoreContract : public testing::Test {
 protected:
  StoreContract() { open(); }
  void open() {
    user_.reset();
    store_.reset();
    store_ = place_.open();
    store_->begin(++epoch_);
    user_.emplace(*store_);
  }
  StoreUser<typename Kind::StoreType>& user() { return *user_; }
  // A user whose home is rank `home` of two.
  static wire::Bytes user_at(wire::RankId home) {
    const wire::SlotMap slots = wire::SlotMap::fresh(2, 0);
    for (int n = 0;; ++n) {
      const wire::Bytes name = "user" + std::to_string(n);
      if (slots.home(name) == home) return name;
    }
  }

  Kind place_;
  wire::Epoch epoch_ = 0;
  std::unique_ptr<typename Kind::StoreType> store_;
  std::optional<StoreUser<typename Kind::StoreType>> user_;
};
TYPED_TEST_SUITE(StoreContract, StoreKinds);

TYPED_TEST(StoreContract, AFreshStoreKnowsNothing) {
  const wire::StoreOpened& opened = this->store_->opened();
  EXPECT_NE(opened.log, 0u);
  EXPECT_EQ(opened.epoch, 0u);
  EXPECT_EQ(opened.last_lsn, 0u);
  EXPECT_TRUE(opened.copy_sources.empty());
  EXPECT_TRUE(opened.copy_targets.empty());
  const wire::MailboxLoaded mailbox = this->user().mailbox("bob");
  EXPECT_TRUE(mailbox.account.empty());
  EXPECT_EQ(mailbox.head, 0u);
  EXPECT_EQ(mailbox.first, 1u);
  EXPECT_TRUE(this->user().messages("bob").records.empty());
  EXPECT_TRUE(this->user().history("bob").complete);
}

TYPED_TEST(StoreContract, WhatIsDurableIsRead) {
  this->user().append({.mseq = 1, .body = "one"});
  this->user().append({.mseq = 2, .body = "two"});
  this->user().settle();
  const auto durable = this->user().template all<wire::Durable>();
  ASSERT_FALSE(durable.empty());
  EXPECT_EQ(durable.back().op, 2u);
  EXPECT_EQ(durable.back().last_lsn, 2u);
  EXPECT_EQ(bodies_of(this->user().messages("bob").records),
            (std::vector<wire::Bytes>{"one", "two"}));
  const wire::MailboxLoaded mailbox = this->user().mailbox("bob");
  EXPECT_EQ(mailbox.head, 2u);
  EXPECT_EQ(mailbox.count_sum, 2u);
  EXPECT_EQ(mailbox.bytes_sum, 200u);
  EXPECT_EQ(mailbox.time_ms, Letter{}.time_ms);
}

TYPED_TEST(StoreContract, WhatIsDurableIsThereAfterARestart) {
  this->user().append_many("bob", 1, 5);
  this->user().append(wire::encoded_record(wire::CursorRecord{"bob", "desk", 3, 77}));
  this->user().submit(wire::PutAccount{an_account("bob")});
  this->user().settle();
  this->open();
  EXPECT_EQ(this->store_->opened().last_lsn, 6u);
  EXPECT_EQ(this->store_->opened().epoch, 1u);
  EXPECT_EQ(mseqs_of(this->user().messages("bob").records),
            (std::vector<wire::Mseq>{1, 2, 3, 4, 5}));
  const wire::MailboxLoaded mailbox = this->user().mailbox("bob");
  EXPECT_EQ(mailbox.account, an_account("bob"));
  ASSERT_EQ(mailbox.cursors.size(), 1u);
  EXPECT_EQ(mailbox.cursors[0].device, "desk");
  EXPECT_EQ(mailbox.cursors[0].mseq, 3u);
  EXPECT_EQ(mailbox.cursors[0].seen_ms, 77);
  EXPECT_EQ(mailbox.count_sum_at_cursor, 3u);
  this->user().append_many("bob", 6, 6);
  this->user().settle();
  EXPECT_EQ(this->user().template all<wire::Durable>().back().last_lsn, 7u);
}

TYPED_TEST(StoreContract, IdentityStaysOverARestart) {
  const wire::StoreOpened before = this->store_->opened();
  this->open();
  const wire::StoreOpened& after = this->store_->opened();
  EXPECT_EQ(after.log, before.log);
  EXPECT_EQ(after.print_key, before.print_key);
  EXPECT_EQ(after.pepper, before.pepper);
  EXPECT_EQ(after.storage, before.storage);
}

// Either a second writer cannot come while the first is there, or nothing of the first is stored
// from the second one's begin() on.
TYPED_TEST(StoreContract, OfTwoWritersTheOlderIsFenced) {
  this->user().append_many("bob", 1, 3);
  this->user().settle();
  this->user().forget_events();
  std::unique_ptr<typename TypeParam::StoreType> newer;
  try {
    newer = this->place_.open();
    newer->begin(++this->epoch_);
  } catch (const std::runtime_error& refused) {
    const std::string why = refused.what();
    EXPECT_NE(why.find("in use by process " + std::to_string(::getpid())), why.npos) << why;
  }
  this->user().append({.mseq = 4, .body = "of the older"});
  this->user().settle();
  const bool stored = !this->user().template all<wire::Durable>().empty();
  EXPECT_EQ(stored, newer == nullptr) << "both write, or none does";
  EXPECT_NE(stored, !this->user().template all<wire::TakenBack>().empty());
  if (newer != nullptr) {
    StoreUser<typename TypeParam::StoreType> user(*newer);
    user.append({.mseq = 4, .body = "of the newer"});
    user.settle();
    EXPECT_EQ(user.template all<wire::Durable>().size(), 1u);
  }
  newer.reset();
  this->open();
  EXPECT_EQ(bodies_of(this->user().messages("bob", 3).records),
            std::vector<wire::Bytes>{stored ? "of the older" : "of the newer"});
}

TYPED_TEST(StoreContract, AnEpochThatHasServedCannotServeAgain) {
  this->user_.reset();
  this->store_.reset();
  this->store_ = this->place_.open();
  const auto begin = [this](wire::Epoch epoch) {
    try {
      this->store_->begin(epoch);
    } catch (const std::runtime_error& refused) {  // as good as the end of the process
      std::fprintf(stderr, "%s\n", refused.what());
      std::abort();
    }
  };
  EXPECT_DEATH(begin(this->epoch_), "epoch");
  EXPECT_DEATH(begin(this->epoch_ - 1), "epoch");
  this->store_->begin(this->epoch_ + 1);
}

TYPED_TEST(StoreContract, AReadKeepsToItsBounds) {
  this->user().append_many("bob", 1, 10);
  this->user().settle();
  EXPECT_EQ(mseqs_of(this->user().messages("bob", 3, 4).records),
            (std::vector<wire::Mseq>{4, 5, 6, 7}));
  EXPECT_EQ(mseqs_of(this->user().messages("bob", 0, 100, 1).records), (std::vector<wire::Mseq>{1}))
      << "the first one is given whatever its size";
  const std::size_t size = Letter{}.encoded().size();
  EXPECT_EQ(this->user().messages("bob", 0, 100, 3 * size).records.size(), 3u);
  EXPECT_TRUE(this->user().messages("bob", 10).records.empty());
  EXPECT_TRUE(this->user().messages("carol").records.empty());
}

TYPED_TEST(StoreContract, HistoryIsReadFromItsEnd) {
  for (wire::Mseq mseq = 1; mseq <= 10; ++mseq) {
    this->user().append({.mseq = mseq, .from = mseq % 2 == 0 ? "alice" : "carol"});
  }
  this->user().append({.mseq = 11, .from = "bob", .to = "alice"});
  this->user().settle();
  wire::HistoryLoaded page = this->user().history("bob", "", wire::kNoMseq, 3);
  EXPECT_EQ(mseqs_of(page.records), (std::vector<wire::Mseq>{9, 10, 11}));
  EXPECT_FALSE(page.complete);
  page = this->user().history("bob", "", 3, 3);
  EXPECT_EQ(mseqs_of(page.records), (std::vector<wire::Mseq>{1, 2}));
  EXPECT_TRUE(page.complete);
  page = this->user().history("bob", "alice", wire::kNoMseq, 3);
  EXPECT_EQ(mseqs_of(page.records), (std::vector<wire::Mseq>{8, 10, 11}));
  EXPECT_FALSE(page.complete);
  page = this->user().history("bob", "alice", 8);
  EXPECT_EQ(mseqs_of(page.records), (std::vector<wire::Mseq>{2, 4, 6}));
  EXPECT_TRUE(page.complete);
  page = this->user().history("bob", "", wire::kNoMseq, 50, 1);
  EXPECT_EQ(mseqs_of(page.records), (std::vector<wire::Mseq>{11}));
  EXPECT_FALSE(page.complete);
}

TYPED_TEST(StoreContract, TheLastCursorOfADeviceCounts) {
  this->user().append_many("bob", 1, 4);
  for (const wire::CursorRecord& cursor :
       {wire::CursorRecord{"bob", "desk", 1, 1}, wire::CursorRecord{"bob", "phone", 4, 2},
        wire::CursorRecord{"bob", "desk", 3, 3}, wire::CursorRecord{"bob", "phone", 0, 4, true}}) {
    this->user().append(wire::encoded_record(cursor));
  }
  this->user().settle();
  for (int round = 0; round < 2; ++round) {
    const wire::MailboxLoaded mailbox = this->user().mailbox("bob");
    ASSERT_EQ(mailbox.cursors.size(), 1u);
    EXPECT_EQ(mailbox.cursors[0].device, "desk");
    EXPECT_EQ(mailbox.cursors[0].mseq, 3u);
    EXPECT_EQ(mailbox.cursors[0].seen_ms, 3);
    EXPECT_EQ(mailbox.count_sum_at_cursor, 3u);
    EXPECT_EQ(mailbox.bytes_sum_at_cursor, 300u);
    this->open();
  }
}

TYPED_TEST(StoreContract, AnAccountIsReplacedAndListed) {
  for (const char* name : {"carol", "alice", "bob"}) {
    this->user().submit(wire::PutAccount{an_account(name)});
  }
  this->user().submit(wire::PutAccount{an_account("bob", 2)});
  this->user().settle();
  EXPECT_EQ(this->user().mailbox("bob").account, an_account("bob", 2));
  EXPECT_EQ(this->user().account("bob"), an_account("bob", 2));
  EXPECT_TRUE(this->user().account("nobody").empty());
  auto list = this->user().template load<wire::AccountsLoaded>(wire::LoadAccounts{"", 2});
  EXPECT_EQ(list.accounts, (std::vector<wire::Bytes>{an_account("alice"), an_account("bob", 2)}));
  EXPECT_TRUE(list.more);
  list = this->user().template load<wire::AccountsLoaded>(wire::LoadAccounts{"bob", 2});
  EXPECT_EQ(list.accounts, (std::vector<wire::Bytes>{an_account("carol")}));
  EXPECT_FALSE(list.more);
}

TYPED_TEST(StoreContract, TheLastIdsOfADeviceAreRemembered) {
  const auto last = wire::kRememberedIdsMax + 5;
  this->user().append_many("bob", 1, last);
  this->user().append({.mseq = last + 1, .device = "desk"});
  this->user().append({.mseq = last + 2, .from = "bob", .to = "alice"});
  this->user().append({.mseq = last + 3, .from = "bob"});
  this->user().settle();
  for (int round = 0; round < 2; ++round) {
    const auto phone = this->user().remembered("bob", "alice");
    ASSERT_EQ(phone.size(), wire::kRememberedIdsMax);
    EXPECT_EQ(phone.front().mseq, 6u);
    EXPECT_EQ(phone.back().mseq, last);
    EXPECT_EQ(phone.back().print,
              wire::print_of(wire::PrintKey{1}, "m" + std::to_string(last), "good morning"));
    EXPECT_EQ(phone.back().sepoch, wire::make_sepoch(1, 1));
    EXPECT_EQ(this->user().remembered("bob", "alice", "desk").size(), 1u);
    EXPECT_EQ(this->user().remembered("bob", "bob").size(), 1u) << "to oneself, but no own copy";
    EXPECT_TRUE(this->user().remembered("carol", "alice").empty());
    this->open();
  }
}

TYPED_TEST(StoreContract, CopiesWaitForTheirRank) {
  const wire::Bytes here = this->user_at(0);
  const wire::Bytes there = this->user_at(1);
  this->user().append({.owner = here, .mseq = 1, .from = there});  // lsn 1: a copy for rank 1
  this->user().append({.owner = here, .mseq = 2, .from = here});   // to oneself
  this->user().append({.owner = here,
                       .mseq = 3,
                       .from = here,
                       .to = there,
                       .source_log = 5,
                       .source_lsn = 9});                          // an own copy
  this->user().append({.owner = here, .mseq = 4, .from = there});  // lsn 4
  this->user().append({.owner = here, .mseq = 5, .from = there});  // lsn 5
  this->user().settle();
  EXPECT_TRUE(this->user().copies(0).records.empty());
  EXPECT_EQ(this->user().copies(1).lsns, (std::vector<wire::Lsn>{1, 4, 5}));
  const wire::CopiesLoaded first = this->user().copies(1, 1, 1);
  EXPECT_EQ(first.lsns, (std::vector<wire::Lsn>{4}));
  EXPECT_TRUE(first.more);
  this->user().append(wire::encoded_record(wire::CopiedRecord{1, 4}));
  this->user().settle();
  this->open();
  const wire::StoreOpened& opened = this->store_->opened();
  ASSERT_EQ(opened.copy_sources.size(), 1u);
  EXPECT_EQ(opened.copy_sources[0].log, 5u);
  EXPECT_EQ(opened.copy_sources[0].position, 9u);
  ASSERT_EQ(opened.copy_targets.size(), 1u);
  EXPECT_EQ(opened.copy_targets[0].target, 1u);
  EXPECT_EQ(opened.copy_targets[0].position, 4u);
  const wire::CopiesLoaded rest = this->user().copies(1, 4);
  EXPECT_EQ(rest.lsns, (std::vector<wire::Lsn>{5}));
  EXPECT_FALSE(rest.more);
  EXPECT_EQ(mseqs_of(rest.records), (std::vector<wire::Mseq>{5}));
}

TYPED_TEST(StoreContract, WithoutRoomWhatIsQueuedIsTakenBackAndLaterTheSameNumbersAreUsed) {
  this->user().append_many("bob", 1, 3);
  this->user().settle();
  this->place_.fill();
  const wire::Mseq refused = this->user().append_until_taken_back("bob", 4);
  const wire::Durable durable = this->user().template all<wire::Durable>().back();
  const auto taken = this->user().template all<wire::TakenBack>();
  ASSERT_EQ(taken.size(), 1u);
  EXPECT_EQ(taken.front().generation, 1u);
  EXPECT_EQ(durable.op, this->user().op() - 1);
  EXPECT_EQ(durable.last_lsn, refused - 1);
  EXPECT_EQ(this->user().mailbox("bob").head, refused - 1) << "reads go on, and see nothing of it";
  this->place_.make_room();
  this->user().wait_for([](const wire::StoreEvent& event) {
    const auto* room = std::get_if<wire::RoomChanged>(&event);
    return room != nullptr && !room->full;
  });
  this->user().append_many("bob", refused, refused + 1, "again");
  this->user().settle();
  EXPECT_EQ(this->user().template all<wire::Durable>().back().last_lsn, refused + 1);
  for (int round = 0; round < 2; ++round) {
    EXPECT_EQ(bodies_of(this->user().messages("bob", refused - 1).records),
              (std::vector<wire::Bytes>{"again", "again"}));
    this->open();
  }
}

TYPED_TEST(StoreContract, AllThatIsQueuedIsTakenBackTogether) {
  this->place_.fill();
  const wire::Mseq refused = this->user().append_until_taken_back("bob", 1);
  this->user().forget_events();
  for (wire::Mseq mseq = refused; mseq < refused + 5; ++mseq) {
    this->user().append({.mseq = mseq, .body = wire::Bytes(60'000, 'y')});
  }
  this->user().submit(wire::PutAccount{an_account("bob")});
  this->user().settle();
  EXPECT_TRUE(this->user().template all<wire::Durable>().empty());
  EXPECT_EQ(this->user().mailbox("bob").head, refused - 1);
  EXPECT_TRUE(this->user().mailbox("bob").account.empty());
}

TYPED_TEST(StoreContract, OperationsOfAnOlderGenerationAreVoid) {
  this->place_.fill();
  const wire::Mseq refused = this->user().append_until_taken_back("bob", 1);
  this->place_.make_room();
  // The router had not heard of the TakenBack when it made these.
  std::vector<wire::StoreOp> late;
  late.push_back(
      {this->user().op() + 1, 0, false, wire::AppendRecord{Letter{.mseq = refused + 1}.encoded()}});
  this->store_->submit(std::move(late));
  this->user().settle();
  EXPECT_EQ(this->user().mailbox("bob").head, refused - 1);
}

TYPED_TEST(StoreContract, OperationsThatShareACommitAreDurableTogether) {
  std::vector<wire::StoreOp> ops;
  for (wire::Op op = 1; op <= 2 * wire::kCommitRecordsMax; ++op) {
    ops.push_back({op, 0, op % 2 == 0, wire::AppendRecord{Letter{.mseq = op}.encoded()}});
  }
  this->store_->submit(std::move(ops));
  this->user().settle();
  for (const wire::Durable& durable : this->user().template all<wire::Durable>()) {
    EXPECT_EQ(durable.op % 2, 0u) << "no commit ends between the two of a pair";
  }
}

TYPED_TEST(StoreContract, WhatNobodyWaitsForIsDurableToo) {
  for (wire::Op op = 1; op <= 3; ++op) {
    std::vector<wire::StoreOp> ops;
    ops.push_back({op, 0, false, wire::AppendRecord{Letter{.mseq = op}.encoded()}, true});
    this->store_->submit(std::move(ops));
  }
  this->user().settle();
  EXPECT_EQ(this->user().mailbox("bob").head, 3u);
}

TYPED_TEST(StoreContract, RetentionCutsWhatWasReceivedAndSaysSo) {
  this->place_.retention().records = 4;
  this->open();
  this->user().append_many("bob", 1, 10);
  this->user().append(wire::encoded_record(wire::CursorRecord{"bob", "desk", 3, 1}));
  this->user().settle();
  this->place_.retain(*this->store_);
  const auto is_trimmed = [](const wire::StoreEvent& event) {
    return std::holds_alternative<wire::MailboxTrimmed>(event);
  };
  this->user().wait_for(is_trimmed);
  EXPECT_EQ(this->user().template all<wire::MailboxTrimmed>().back().owner, "bob");
  EXPECT_EQ(this->user().template all<wire::MailboxTrimmed>().back().first, 4u)
      << "4 to 10 were never received";
  for (int round = 0; round < 2; ++round) {
    const wire::MessagesLoaded messages = this->user().messages("bob");
    EXPECT_EQ(messages.first, 4u);
    EXPECT_EQ(mseqs_of(messages.records), (std::vector<wire::Mseq>{4, 5, 6, 7, 8, 9, 10}));
    const wire::MailboxLoaded mailbox = this->user().mailbox("bob");
    EXPECT_EQ(mailbox.first, 4u);
    EXPECT_EQ(mailbox.count_sum_at_cursor, 3u);
    EXPECT_EQ(mseqs_of(this->user().history("bob", "", 6).records),
              (std::vector<wire::Mseq>{4, 5}));
    EXPECT_TRUE(this->user().history("bob", "", 6).complete);
    EXPECT_EQ(this->user().remembered("bob", "alice").size(), 10u)
        << "ids are remembered whatever retention trims";
    this->open();
  }
}

}  // namespace
}  // namespace trunkline::persistence
