// A file that holds room for hard times: given up when the disk is full, so that what frees room
// (filling the archive, trimming) can still commit; taken again when there is room.
//
// Threads: any; the mutex is there because writer and archiver may both meet a full disk, and is
// held for a system call or two, never on the way of an ack while there is room.
#pragma once

#include <mutex>
#include <string>

namespace trunkline::persistence {

class Ballast {
 public:
  Ballast(std::string path, std::size_t bytes);

  // Whether the file stands, whole.
  bool held() const;
  void give_up();
  // Tries to have it; true when it stands.
  bool take();

 private:
  const std::string path_;
  const std::size_t bytes_;
  mutable std::mutex mutex_;
  bool held_ = false;
};

}  // namespace trunkline::persistence
