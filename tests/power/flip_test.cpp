// One bit of a rank's data is changed, at random, in a copy of its files; then the store is opened,
// read, and one time in eight written and read again, in a process of its own. It refuses with
// words that say what to do, or serves: what was there, and nothing else, but for at most one
// record, whose loss it reports.
//
// 150 flips in each run; TRUNKLINE_FLIPS=10000 for more, TRUNKLINE_SEED for the same ones again.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <map>
#include <random>
#include <thread>

#include "persistence/lmdb_store.h"
#include "tests/support/temporary_directory.h"

namespace trunkline::power {
namespace {

namespace fs = std::filesystem;
using wire::Bytes;

constexpr const char* kFiles[] = {"log.mdb", "archive.mdb", "state.mdb"};
constexpr std::size_t kOwners = 10;
constexpr std::size_t kMessages = 900;  // two out of three are archived
constexpr std::size_t kMore = 300;
constexpr std::size_t kTail = 150;
constexpr wire::LogId kOtherLog = 77;
constexpr std::int64_t kTimeMs = 1'700'000'000'000;

// A rank of two: copies come from the other one, and go there.
persistence::LmdbConfig config(const std::string& directory) {
  persistence::LmdbConfig config;
  config.directory = directory;
  config.slots = wire::SlotMap::fresh(2, 0);
  config.tail_records = kTail;
  config.ballast_bytes = 1;
  config.chunk_bytes = 1 << 20;
  config.clock = [] { return wire::Now{0, kTimeMs}; };
  return config;
}

const std::string& name_at(wire::RankId rank, std::size_t number) {
  static const auto names = [] {
    const wire::SlotMap slots = wire::SlotMap::fresh(2, 0);
    std::array<std::vector<std::string>, 2> at_rank;
    for (std::size_t at = 0; at_rank[0].size() < kOwners || at_rank[1].size() < kOwners; ++at) {
      const std::string name = "user" + std::to_string(at);
      at_rank[slots.home(name)].push_back(name);
    }
    return at_rank;
  }();
  return names[rank][number];
}

// All that a rank can be asked for, in comparable form.
struct Contents {
  std::map<std::pair<std::string, wire::Mseq>, Bytes> messages;
  std::map<std::string, wire::Mseq> heads;
  std::map<std::string, Bytes> accounts;
  std::map<std::string, std::size_t> remembered;
  std::map<wire::Lsn, Bytes> copies;
  std::map<wire::LogId, wire::Lsn> sources;
};

class Rank {
 public:
  explicit Rank(const std::string& directory) : store_(config(directory)) {}

  Contents read() {
    Contents contents;
    for (std::size_t at = 0; at < kOwners; ++at) {
      const std::string owner = name_at(0, at);
      const auto mailbox = ask<wire::MailboxLoaded>(wire::LoadMailbox{owner});
      contents.heads[owner] = mailbox.head;
      if (!mailbox.account.empty()) contents.accounts[owner] = mailbox.account;
      // A gap ends a load, as it ends what a reader is given at once.
      for (wire::Mseq after = 0; after < mailbox.head;) {
        const auto loaded =
            ask<wire::MessagesLoaded>(wire::LoadMessages{owner, after, kMessages, 1 << 30});
        if (loaded.records.empty()) break;
        for (const Bytes& bytes : loaded.records) {
          const auto record = wire::record_of<wire::MessageRecord>(*wire::decode_record(bytes));
          contents.messages[{owner, after = record->mseq}] = bytes;
        }
      }
      for (wire::RankId rank = 0; rank < 2; ++rank) {
        const std::string sender = name_at(rank, at);
        contents.remembered[owner] +=
            ask<wire::RememberedLoaded>(wire::LoadRemembered{owner, sender, "phone"})
                .entries.size();
      }
    }
    const auto copies = ask<wire::CopiesLoaded>(wire::LoadCopies{1, 0, 1 << 30});
    for (std::size_t at = 0; at < copies.lsns.size(); ++at) {
      contents.copies[copies.lsns[at]] = copies.records[at];
    }
    for (const auto& source : store_.opened().copy_sources) {
      contents.sources[source.log] = source.position;
    }
    return contents;
  }

  // `count` messages, archived as far as that goes. Heads are what the store says.
  void write(std::size_t count) {
    store_.begin(store_.opened().epoch + 1);
    for (std::size_t number = 0; number < count; ++number) {
      const std::string owner = name_at(0, number % kOwners);
      if (heads_[owner] == 0) {
        heads_[owner] = ask<wire::MailboxLoaded>(wire::LoadMailbox{owner}).head;
      }
      wire::MessageRecord record;
      record.owner = owner;
      record.mseq = ++heads_[owner];
      record.time_ms = kTimeMs;
      const std::string sender = name_at(number / kOwners % 2, number % kOwners);
      const std::string id = "m" + std::to_string(number), body(30 + number * 37 % 700, 'b');
      record.message = {wire::MessageClass::stored, sender, "phone", owner, id, body, {}};
      if (number % 50 == 0) {
        record.source_log = kOtherLog;
        record.source_lsn = number + 1;
      }
      ops_.push_back({++op_, 0, false, wire::AppendRecord{wire::encoded_record(record)}});
      if (number % 70 == 0) {
        const wire::CursorRecord cursor{owner, "desk", record.mseq, 1};
        ops_.push_back({++op_, 0, false, wire::AppendRecord{wire::encoded_record(cursor)}});
      }
      if (number < kOwners) {
        wire::Account account;
        account.user = owner;
        ops_.push_back({++op_, 0, false, wire::PutAccount{wire::encoded_account(account)}});
      }
      if (ops_.size() > 40) settle();
    }
    settle();
  }
  std::uint64_t damaged() const { return store_.counters().damaged; }

 private:
  template <class Answer, class What>
  Answer ask(What what) {
    wire::Loaded loaded;
    store_.load({1, std::move(what)}, loaded);
    return std::get<Answer>(std::move(loaded.what));
  }
  void settle() {
    store_.submit(std::exchange(ops_, {}));
    std::vector<wire::StoreEvent> events;
    while (store_.queued() > 0) {
      store_.poll(events);
      std::this_thread::yield();
    }
  }

  persistence::LmdbStore store_;
  wire::Op op_ = 0;
  std::vector<wire::StoreOp> ops_;
  std::map<std::string, wire::Mseq> heads_;
};

// What a process found, in memory that it shares with the test.
struct Found {
  enum class End { nothing, refused, served } end;
  std::size_t lost, noticed, wrong;
  char words[400];
};

template <class Map>
void compare(const Map& before, const Map& now, const char* what, Found& found) {
  for (const auto& [key, value] : before) {
    const auto same = now.find(key);
    if (same == now.end()) ++found.lost;
    if (same == now.end() || same->second == value) continue;
    ++found.wrong;
    std::snprintf(found.words, sizeof found.words, "another %s", what);
  }
}

void compare(const Contents& before, const Contents& now, Found& found) {
  compare(before.messages, now.messages, "message", found);
  compare(before.accounts, now.accounts, "account", found);
  compare(before.copies, now.copies, "copy", found);
  compare(before.heads, now.heads, "head of a mailbox", found);
  compare(before.sources, now.sources, "position of copies", found);
  for (const auto& [owner, count] : before.remembered) {
    if (now.remembered.at(owner) < count) found.lost += count - now.remembered.at(owner);
  }
}

class BitFlips : public testing::Test {
 protected:
  BitFlips() {
    {
      Rank rank(made());
      rank.write(kMessages);
    }
    before_ = Rank(made()).read();
    for (const char* file : kFiles) {
      std::ifstream in(made() + "/data/" + file, std::ios::binary);
      std::string content(std::istreambuf_iterator<char>(in), {});
      content.resize(used(content));
      contents_.push_back(std::move(content));
    }
    void* shared =
        mmap(nullptr, sizeof(Found), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    found_ = new (shared) Found();
  }
  ~BitFlips() override { munmap(found_, sizeof(Found)); }

  // Bytes up to the last page in use: the rest was never written.
  static std::size_t used(const std::string& content) {
    std::size_t last = 0;
    for (std::size_t page = 0; page < 2; ++page) {
      last = std::max<std::size_t>(
          last, wire::load_le<std::uint64_t>(content.data() + 4'096 * page + 136));
    }
    return (last + 1) * 4'096;
  }

  void lay_out(std::size_t file, std::size_t at, unsigned bit) {
    fs::remove_all(flipped());
    fs::create_directories(flipped() + "/data");
    for (std::size_t other = 0; other < contents_.size(); ++other) {
      std::string& content = contents_[other];
      if (other == file) content[at] = static_cast<char>(content[at] ^ (1 << bit));
      std::ofstream(flipped() + "/data/" + kFiles[other], std::ios::binary) << content;
      if (other == file) content[at] = static_cast<char>(content[at] ^ (1 << bit));
    }
  }

  // The story of one copy, in a process of its own. Its wait status.
  int open_it(bool writes) {
    *found_ = {};
    const pid_t pid = fork();
    if (pid == 0) {
      const int words = open((flipped() + "/words").c_str(), O_WRONLY | O_CREAT, 0600);
      dup2(words, STDERR_FILENO);
      alarm(60);
      try {
        Rank rank(flipped());
        compare(before_, rank.read(), *found_);
        const std::size_t lost = found_->lost;
        if (writes) {
          found_->lost = 0;
          rank.write(kMore);
          compare_later(rank.read());
        }
        found_->lost = std::max(found_->lost, lost);
        found_->noticed = rank.damaged();
        found_->end = Found::End::served;
      } catch (const std::exception& error) {
        found_->end = Found::End::refused;
        std::snprintf(found_->words, sizeof found_->words, "%s", error.what());
      }
      _exit(0);
    }
    int status = -1;
    waitpid(pid, &status, 0);
    return status;
  }
  // After more was written: all that was there before is still there.
  void compare_later(const Contents& now) {
    compare(before_.messages, now.messages, "message", *found_);
    for (const auto& [owner, head] : before_.heads) {
      if (now.heads.at(owner) == head + kMore / kOwners) continue;
      ++found_->wrong;
      std::snprintf(found_->words, sizeof found_->words, "a number given twice");
    }
  }

  std::string made() const { return directory_.path() + "/made"; }
  std::string flipped() const { return directory_.path() + "/flipped"; }

  const tests::TemporaryDirectory directory_{tests::in_memory()};
  Contents before_;
  std::vector<std::string> contents_;
  Found* found_ = nullptr;
};

struct Outcomes {
  std::size_t flips = 0, harmless = 0, noticed = 0, lost = 0, refused = 0;
};

std::size_t flips_wanted() {
  const char* wanted = std::getenv("TRUNKLINE_FLIPS");
  return wanted == nullptr ? 150 : std::strtoull(wanted, nullptr, 10);
}

TEST_F(BitFlips, AreHarmlessReportedOrRefused) {
  const char* seed = std::getenv("TRUNKLINE_SEED");
  std::mt19937_64 random(seed == nullptr ? std::random_device()()
                                         : std::strtoull(seed, nullptr, 10));
  std::vector<std::size_t> sizes;
  for (const std::string& content : contents_) sizes.push_back(content.size());
  std::map<std::string, Outcomes> table;
  for (std::size_t flip = 0; flip < flips_wanted(); ++flip) {
    const std::size_t file =
        std::discrete_distribution<std::size_t>(sizes.begin(), sizes.end())(random);
    const std::size_t at = random() % sizes[file];
    const auto bit = static_cast<unsigned>(random() % 8);
    lay_out(file, at, bit);
    const std::string where = std::string(kFiles[file]) + ", byte " + std::to_string(at % 4'096) +
                              " of page " + std::to_string(at / 4'096) + ", bit " +
                              std::to_string(bit);
    const int status = open_it(flip % 8 == 0);
    const std::string words = tests::content_of(flipped() + "/words");
    ASSERT_TRUE(WIFEXITED(status)) << where << ": signal " << WTERMSIG(status) << "\n" << words;
    ASSERT_EQ(WEXITSTATUS(status), 0) << where << "\n" << words;
    Outcomes& outcomes = table[kFiles[file]];
    ++outcomes.flips;
    EXPECT_EQ(found_->wrong, 0u) << where << ": " << found_->words << "\n" << words;
    EXPECT_LE(found_->lost, 1u) << where << "\n" << words;
    if (found_->end == Found::End::refused) {
      ++outcomes.refused;
      EXPECT_NE(std::string(found_->words).find("estore"), std::string::npos)
          << where << ": it does not say what to do: " << found_->words;
    } else if (found_->lost > 0) {
      ++outcomes.lost;
      EXPECT_GT(found_->noticed, 0u) << where << ": lost in silence";
      EXPECT_NE(words.find("STORE-DAMAGE"), std::string::npos);
    } else {
      ++(found_->noticed > 0 ? outcomes.noticed : outcomes.harmless);
    }
    if (HasFailure() && flip > 200) break;
  }
  std::printf("%-12s %8s %9s %22s %22s %8s\n", "file", "flips", "harmless", "reported, none lost",
              "reported, 1 lost", "refused");
  for (const auto& [file, outcomes] : table) {
    std::printf("%-12s %8zu %9zu %22zu %22zu %8zu\n", file.c_str(), outcomes.flips,
                outcomes.harmless, outcomes.noticed, outcomes.lost, outcomes.refused);
  }
}

}  // namespace
}  // namespace trunkline::power
