// What each kind of damage to LMDB's pages is refused with. tests/power/flip_test.cpp flips bits at
// random; these are the ones that chance would seldom hit.
#include "persistence/page_walk.h"

#include <gmock/gmock.h>

#include <cstring>
#include <filesystem>
#include <fstream>

#include "persistence/schema.h"
#include "tests/persistence/lmdb_fixture.h"

namespace trunkline::persistence {
namespace {

using testing::HasSubstr;

constexpr std::size_t kPage = 4'096;
constexpr std::size_t kTxnInMeta = 144;

class Pages : public LmdbStoreTest {
 protected:
  Pages() {
    open();
    for (wire::Mseq mseq = 1; mseq <= 200; mseq += 20) {
      user().append_many("bob", mseq, mseq + 19);
      user().settle();
    }
    close();
    content_ = tests::content_of(file("log.mdb"));
  }
  std::uint64_t number(std::size_t at) const {
    return wire::load_le<std::uint64_t>(content_.data() + at);
  }
  void set(std::size_t at, std::uint64_t value) { wire::store_le(content_.data() + at, value); }
  std::size_t newer_meta() const {
    return number(kTxnInMeta) > number(kPage + kTxnInMeta) ? 0 : kPage;
  }
  // Where the topmost page of the records begins: a branch.
  std::size_t records_root() const {
    const std::size_t tables = number(newer_meta() + 88 + 40) * kPage;
    return number(content_.find("records", tables) + 7 + 40) * kPage;
  }
  char* pointer(std::size_t page, std::size_t index) {
    return content_.data() + page + 16 + 2 * index;
  }
  std::string refusal_of_changed() {
    std::ofstream(file("log.mdb"), std::ios::binary) << content_;
    return refusal();
  }

  std::string content_;
};

TEST_F(Pages, ThatAreWholeGiveEveryEntryInOrder) {
  std::vector<wire::Lsn> lsns;
  const VisitEntry visit = [&](wire::BytesView key, wire::BytesView value) {
    lsns.push_back(lsn_of_key(key));
    EXPECT_TRUE(wire::decode_record(value));
  };
  walk_pages(file("log.mdb"), {{"meta", {}}, {"records", visit}});
  ASSERT_EQ(lsns.size(), 200u);
  for (std::size_t at = 0; at < lsns.size(); ++at) EXPECT_EQ(lsns[at], at + 1);
}

// LMDB alone would take the older one, and the last commit would be gone.
TEST_F(Pages, OfTwoTimesAreRefused) {
  const std::size_t at = newer_meta() + kTxnInMeta;
  set(at, number(at) - 4);
  EXPECT_THAT(refusal_of_changed(), HasSubstr("are not of one time) is damaged"));
}

// LMDB alone would make a table of that name, and the old one would be gone.
TEST_F(Pages, OfATableWithAnotherNameAreRefused) {
  for (std::size_t at = content_.find("records"); at != std::string::npos;
       at = content_.find("records", at + 1)) {
    content_[at] = 's';
  }
  EXPECT_THAT(refusal_of_changed(), HasSubstr("its tables are not those that were made"));
}

// LMDB alone would give one part of the records twice and another one never.
TEST_F(Pages, WithTwoPointersToOneNodeAreRefused) {
  std::memcpy(pointer(records_root(), 0), pointer(records_root(), 1), 2);
  EXPECT_THAT(refusal_of_changed(), HasSubstr("its nodes do not fit together"));
}

TEST_F(Pages, WithNodesThatLieOverEachOtherAreRefused) {
  const auto node = wire::load_le<std::uint16_t>(pointer(records_root(), 1));
  char* const key_bytes = content_.data() + records_root() + node + 6;
  wire::store_le<std::uint16_t>(key_bytes, wire::load_le<std::uint16_t>(key_bytes) + 2);
  EXPECT_THAT(refusal_of_changed(), HasSubstr("its nodes do not fit together"));
}

// Each of its keys is after the one before, and yet beyond what the page above says.
TEST_F(Pages, WithAKeyBeyondTheirParentsAreRefused) {
  const std::size_t leaf = kPage * wire::load_le<std::uint32_t>(
                                       content_.data() + records_root() +
                                       wire::load_le<std::uint16_t>(pointer(records_root(), 0)));
  const std::size_t count = (wire::load_le<std::uint16_t>(content_.data() + leaf + 12) - 16) / 2;
  const auto last = wire::load_le<std::uint16_t>(pointer(leaf, count - 1));
  content_[leaf + last + 8 + 6] = 'x';
  EXPECT_THAT(refusal_of_changed(), HasSubstr("its keys are out of order"));
}

TEST_F(Pages, ThatAreMissingAtTheEndAreRefused) {
  content_.resize(3 * kPage);
  EXPECT_THAT(refusal_of_changed(), HasSubstr("the file ends before its last page"));
}

// LMDB alone would hand out the root of its records as a free page.
TEST_F(Pages, ThatAreInUseAndFreeAreRefused) {
  const std::size_t free_root = number(newer_meta() + 40 + 40) * kPage;
  // The last node of that leaf: a transaction, a count, then pages.
  const auto node = wire::load_le<std::uint16_t>(content_.data() + free_root + 16);
  const std::size_t list = free_root + node + 8 + 8;
  ASSERT_GT(number(list), 0u);
  set(list + 8 * number(list), number(newer_meta() + 88 + 40));
  EXPECT_THAT(refusal_of_changed(), HasSubstr("as another"));
}

TEST_F(Pages, OfNothingAreLeftToWhoOpensThem) {
  std::filesystem::resize_file(file("log.mdb"), 0);
  EXPECT_NO_THROW(walk_pages(file("log.mdb"), {{"meta", {}}, {"records", {}}}));
}

}  // namespace
}  // namespace trunkline::persistence
