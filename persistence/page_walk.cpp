#include "persistence/page_walk.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <deque>
#include <optional>
#include <stdexcept>

#include "persistence/damage.h"
#include "wire/codec.h"

namespace trunkline::persistence {

using wire::BytesView;

namespace {

using Page = std::uint64_t;

constexpr std::uint32_t kMagic = 0xbeefc0de;
constexpr std::uint32_t kDataVersion = 1;
constexpr std::size_t kHeaderBytes = 16;
constexpr std::size_t kMetas = 2;
constexpr std::size_t kDepthMax = 32;  // LMDB's own bound of cursors
constexpr std::size_t kKeyBytesMax = 511;
constexpr Page kNoPage = ~Page{0};
// Kinds of pages, in their flags.
constexpr std::uint16_t kBranch = 1, kLeaf = 2, kOverflow = 4, kMeta = 8;
// Flags of a node of a leaf.
constexpr std::uint16_t kBig = 1, kTable = 2;
// Flags of the list of free pages: its keys are numbers; the file is not in a directory of its own.
constexpr std::uint16_t kFreeFlags = 0x4008;
constexpr std::size_t kNodeBytes = 8;

// A table, as a meta page or a node of the main table describes it.
struct Tree {
  static constexpr std::size_t kBytes = 48;
  explicit Tree(const char* at)
      : pad(wire::load_le<std::uint32_t>(at)),
        flags(wire::load_le<std::uint16_t>(at + 4)),
        depth(wire::load_le<std::uint16_t>(at + 6)),
        branches(wire::load_le<std::uint64_t>(at + 8)),
        leaves(wire::load_le<std::uint64_t>(at + 16)),
        overflow(wire::load_le<std::uint64_t>(at + 24)),
        entries(wire::load_le<std::uint64_t>(at + 32)),
        root(wire::load_le<Page>(at + 40)) {}
  std::uint32_t pad;
  std::uint16_t flags, depth;
  std::uint64_t branches, leaves, overflow, entries;
  Page root;
};

struct Meta {
  explicit Meta(const char* page)
      : magic(wire::load_le<std::uint32_t>(page + 16)),
        version(wire::load_le<std::uint32_t>(page + 20)),
        free(page + 40),
        main(page + 88),
        last(wire::load_le<Page>(page + 136)),
        txn(wire::load_le<std::uint64_t>(page + 144)) {}
  static constexpr std::size_t kEnd = 152;
  std::uint32_t magic, version;
  Tree free, main;
  Page last;
  std::uint64_t txn;
};

struct Node {
  std::uint16_t flags = 0;
  BytesView key, value;  // of a leaf
  Page child = 0;        // of a branch
};

// A file in memory, read in the order of its pages.
class Mapped {
 public:
  explicit Mapped(const std::string& path) {
    const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
    struct stat info {};
    if (file >= 0 && fstat(file, &info) == 0 && info.st_size > 0) {
      size_ = static_cast<std::size_t>(info.st_size);
      at_ = mmap(nullptr, size_, PROT_READ, MAP_SHARED, file, 0);
    }
    if (file >= 0) close(file);
    if (at_ == MAP_FAILED) throw std::runtime_error(path + ": cannot be mapped");
  }
  ~Mapped() {
    if (size_ > 0) munmap(at_, size_);
  }
  Mapped(const Mapped&) = delete;
  Mapped& operator=(const Mapped&) = delete;
  BytesView bytes() const { return {static_cast<const char*>(at_), size_}; }
  // Most of it will be read: in large pieces rather than page by page.
  void read_ahead(std::size_t bytes) const { madvise(at_, std::min(bytes, size_), MADV_WILLNEED); }

 private:
  void* at_ = nullptr;
  std::size_t size_ = 0;
};

class Walk {
 public:
  Walk(const std::string& path, BytesView file, const VisitEntry& visit)
      : path_(path), file_(file), visit_(visit), meta_(current_meta()), seen_(meta_.last + 1) {}

  void run(const std::vector<std::string>& tables) {
    seen_[0] = seen_[1] = true;
    if (meta_.free.flags != kFreeFlags) refuse(meta_page_, "the list of free pages has odd flags");
    walk_tree(meta_.main, "", meta_page_);
    if (!std::equal(names_.begin(), names_.end(), tables.begin(), tables.end())) {
      refuse(meta_page_, "its tables are not those that were made");
    }
    walk_tree(meta_.free, "free", meta_page_);
    // Nothing that is in use is there, and nothing will be written there.
    const auto lost = std::count(seen_.begin(), seen_.end(), false);
    if (lost != 0) {
      report_damage(path_, "the list of free pages, which lacks " + std::to_string(lost) + ",");
    }
  }
  std::size_t used_bytes() const { return (meta_.last + 1) * page_bytes_; }

 private:
  struct Walked {
    const Tree& tree;
    BytesView table;  // empty: the main one
    bool numbers;     // keys are numbers of this host
    std::uint64_t branches = 0, leaves = 0, overflow = 0, entries = 0;
  };
  // Keys of a page: from `low` on and before `high`; absent: no bound.
  struct Bounds {
    std::optional<BytesView> low, high;
  };

  [[noreturn]] void refuse(Page page, const std::string& why) const {
    refuse_damaged(path_, "page " + std::to_string(page) + " (" + why + ")");
  }
  const char* at(Page page) const { return file_.data() + page * page_bytes_; }

  // Both pages are from one life of the file: they take turns, so their transactions follow each
  // other. A changed number would bring back what was before the last commit.
  Meta current_meta() {
    if (file_.size() < kMetas * kHeaderBytes + kMetas * Meta::kEnd)
      refuse(0, "the file ends in it");
    page_bytes_ = Meta(file_.data()).free.pad;
    const bool sound = page_bytes_ >= 512 && page_bytes_ <= 65'536 &&
                       (page_bytes_ & (page_bytes_ - 1)) == 0 &&
                       file_.size() >= kMetas * page_bytes_;
    if (!sound) refuse(0, "it is not one of LMDB's");
    const Meta metas[] = {Meta(at(0)), Meta(at(1))};
    for (Page page = 0; page < kMetas; ++page) {
      const Meta& meta = metas[page];
      if (number_of(page) != page || flags_of(page) != kMeta || meta.magic != kMagic ||
          meta.version != kDataVersion || meta.free.pad != page_bytes_) {
        refuse(page, "it is not one of LMDB's");
      }
    }
    const bool made = metas[0].txn == 0 && metas[1].txn == 0;
    const std::uint64_t newer = std::max(metas[0].txn, metas[1].txn);
    if (!made && (metas[0].txn % 2 != 0 || metas[0].txn + metas[1].txn != 2 * newer - 1)) {
      refuse(0, "it and page 1 are not of one time");
    }
    meta_page_ = metas[0].txn < metas[1].txn ? 1 : 0;
    const Meta& meta = metas[meta_page_];
    if (meta.last < kMetas - 1 || meta.last >= file_.size() / page_bytes_) {
      refuse(meta_page_, "the file ends before its last page");
    }
    return meta;
  }

  Page number_of(Page page) const { return wire::load_le<Page>(at(page)); }
  std::uint16_t flags_of(Page page) const { return wire::load_le<std::uint16_t>(at(page) + 10); }

  // A page that is to be of this kind, and has not been reached by another way.
  void claim(Page page, Page parent) {
    if (page < kMetas || page > meta_.last) refuse(parent, "it points out of the file");
    if (seen_[page]) refuse(parent, "it points to page " + std::to_string(page) + ", as another");
    seen_[page] = true;
  }

  void walk_tree(const Tree& tree, BytesView table, Page parent) {
    const bool numbers = table == "free";
    if (!numbers && (tree.flags != 0 || tree.pad != 0)) refuse(parent, "a table has odd flags");
    Walked walked{tree, table, numbers};
    if (tree.root != kNoPage) {
      if (tree.depth == 0 || tree.depth > kDepthMax) refuse(parent, "a table is too deep");
      walk_page(walked, tree.root, parent, 1, {});
    } else if (tree.depth != 0) {
      refuse(parent, "a table has no root");
    }
    if (walked.branches != tree.branches || walked.leaves != tree.leaves ||
        walked.overflow != tree.overflow || walked.entries != tree.entries) {
      refuse(parent, "a table does not hold what it says");
    }
  }

  void walk_page(Walked& walked, Page page, Page parent, unsigned depth, const Bounds& bounds) {
    claim(page, parent);
    const bool leaf = depth == walked.tree.depth;
    if (number_of(page) != page || flags_of(page) != (leaf ? kLeaf : kBranch)) {
      refuse(page, "it is not what " + std::to_string(parent) + " points to");
    }
    ++(leaf ? walked.leaves : walked.branches);
    const std::size_t count = check_layout(page, leaf);
    if (count < (leaf || walked.numbers ? 1u : 2u)) refuse(page, "it is too empty");
    std::optional<BytesView> last;
    // The first key of a branch stands for the lowest there can be, whatever it says.
    for (std::size_t index = leaf ? 0 : 1; index < count; ++index) {
      const BytesView key = node_at(page, index, leaf).key;
      check_order(walked, page, key, last, bounds);
      last = key;
    }
    for (std::size_t index = 0; index < count; ++index) {
      const Node node = node_at(page, index, leaf);
      if (leaf) {
        ++walked.entries;
        take(walked, page, node);
      } else {
        Bounds inner = bounds;
        if (index > 0) inner.low = node.key;
        if (index + 1 < count) inner.high = node_at(page, index + 1, leaf).key;
        walk_page(walked, node.child, page, depth + 1, inner);
      }
    }
  }

  bool is_before(const Walked& walked, BytesView a, BytesView b) const {
    if (!walked.numbers) return a < b;
    return wire::load_le<std::uint64_t>(a.data()) < wire::load_le<std::uint64_t>(b.data());
  }

  void check_order(const Walked& walked, Page page, BytesView key,
                   const std::optional<BytesView>& last, const Bounds& bounds) const {
    if (walked.numbers ? key.size() != sizeof(Page) : key.empty() || key.size() > kKeyBytesMax) {
      refuse(page, "a key is of no such size");
    }
    if ((last && !is_before(walked, *last, key)) ||
        (bounds.low && is_before(walked, key, *bounds.low)) ||
        (bounds.high && !is_before(walked, key, *bounds.high))) {
      refuse(page, "its keys are out of order");
    }
  }

  std::size_t offset_of(Page page, std::size_t index) const {
    return wire::load_le<std::uint16_t>(at(page) + kHeaderBytes + 2 * index);
  }

  // Nodes fill a page from its end, each at an even place, without gaps. How many there are.
  std::size_t check_layout(Page page, bool leaf) {
    const std::size_t lower = wire::load_le<std::uint16_t>(at(page) + 12);
    const std::size_t upper = wire::load_le<std::uint16_t>(at(page) + 14);
    if (lower < kHeaderBytes || lower % 2 != 0 || upper < lower || upper > page_bytes_) {
      refuse(page, "its bounds are wrong");
    }
    const std::size_t count = (lower - kHeaderBytes) / 2;
    places_.clear();
    for (std::size_t index = 0; index < count; ++index) {
      const std::size_t begin = offset_of(page, index);
      if (begin < upper || begin + kNodeBytes > page_bytes_) refuse(page, "a node is out of it");
      places_.emplace_back(begin, begin + node_bytes(at(page) + begin, leaf));
    }
    std::sort(places_.begin(), places_.end());
    std::size_t expected = upper;
    for (const auto& [begin, end] : places_) {
      if (begin != expected || end > page_bytes_) refuse(page, "its nodes do not fit together");
      expected = end;
    }
    if (expected != page_bytes_) refuse(page, "its nodes do not fit together");
    return count;
  }

  static std::size_t value_bytes(const char* node) {
    return wire::load_le<std::uint16_t>(node) | std::size_t{wire::load_le<std::uint16_t>(node + 2)}
                                                    << 16;
  }
  static std::size_t node_bytes(const char* node, bool leaf) {
    const auto flags = wire::load_le<std::uint16_t>(node + 4);
    std::size_t bytes = kNodeBytes + wire::load_le<std::uint16_t>(node + 6);
    if (leaf) bytes += (flags & kBig) != 0 ? sizeof(Page) : value_bytes(node);
    return bytes + bytes % 2;
  }

  // REQUIRES: the layout of the page has been checked.
  Node node_at(Page page, std::size_t index, bool leaf) const {
    const char* at_node = at(page) + offset_of(page, index);
    Node node;
    node.flags = wire::load_le<std::uint16_t>(at_node + 4);
    node.key = {at_node + kNodeBytes, wire::load_le<std::uint16_t>(at_node + 6)};
    if (leaf) {
      node.value = {node.key.data() + node.key.size(), value_bytes(at_node)};
    } else {
      node.child = value_bytes(at_node) | Page{node.flags} << 32;
    }
    return node;
  }

  void take(Walked& walked, Page page, const Node& node) {
    const bool table = walked.table.empty();
    if ((node.flags & ~kBig) != (table ? kTable : 0)) refuse(page, "a node has odd flags");
    const BytesView value =
        (node.flags & kBig) != 0 ? big_value(walked, page, node.value) : node.value;
    if (table) {
      if (value.size() != Tree::kBytes) refuse(page, "it describes no table");
      names_.emplace_back(node.key);
      const Tree tree(value.data());
      walk_tree(tree, names_.back(), page);
    } else if (walked.numbers) {
      take_free(page, node.key, value);
    } else {
      visit_(walked.table, node.key, value);
    }
  }

  BytesView big_value(Walked& walked, Page page, BytesView value) {
    const auto first = wire::load_le<Page>(value.data());
    claim(first, page);
    const std::size_t pages = wire::load_le<std::uint32_t>(at(first) + 12);
    if (number_of(first) != first || flags_of(first) != kOverflow || pages == 0 ||
        first + pages - 1 > meta_.last || kHeaderBytes + value.size() > pages * page_bytes_) {
      refuse(first, "it is not what " + std::to_string(page) + " points to");
    }
    for (Page more = first + 1; more < first + pages; ++more) claim(more, page);
    walked.overflow += pages;
    return {at(first) + kHeaderBytes, value.size()};
  }

  // A count, and so many pages, from the highest down.
  void take_free(Page page, BytesView key, BytesView list) {
    const auto number = [&list](std::size_t index) {
      return wire::load_le<std::uint64_t>(list.data() + index * sizeof(std::uint64_t));
    };
    const bool sound = list.size() >= sizeof(std::uint64_t) &&
                       number(0) <= list.size() / sizeof(std::uint64_t) - 1 &&
                       wire::load_le<std::uint64_t>(key.data()) <= meta_.txn;
    if (!sound) refuse(page, "the list of free pages is wrong");
    for (std::size_t index = 1; index <= number(0); ++index) {
      if (index > 1 && number(index) >= number(index - 1)) {
        refuse(page, "the list of free pages is out of order");
      }
      claim(number(index), page);
    }
  }

  const std::string& path_;
  const BytesView file_;
  const VisitEntry& visit_;
  std::size_t page_bytes_ = 0;
  Page meta_page_ = 0;
  const Meta meta_;
  std::vector<bool> seen_;
  std::deque<std::string> names_;                            // of tables, in order
  std::vector<std::pair<std::size_t, std::size_t>> places_;  // of the nodes of a page
};

}  // namespace

void walk_pages(const std::string& path, const std::vector<std::string>& tables,
                const VisitEntry& visit) {
  const Mapped file(path);
  if (file.bytes().empty()) return;
  Walk walk(path, file.bytes(), visit);
  file.read_ahead(walk.used_bytes());
  walk.run(tables);
}

}  // namespace trunkline::persistence
