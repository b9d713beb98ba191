#include "edge/password_workers.h"

#include <openssl/crypto.h>

#include <boost/asio/post.hpp>
#include <utility>

namespace trunkline::edge {

void ReturnPath::close() {
  const std::lock_guard lock(mutex_);
  io_ = nullptr;
}

void ReturnPath::post(std::function<void()> what) {
  const std::lock_guard lock(mutex_);
  if (io_ != nullptr) boost::asio::post(*io_, std::move(what));
}

PasswordWorkers::PasswordWorkers(std::size_t threads, std::size_t waiting_max)
    : threads_max_(threads), waiting_max_(waiting_max) {}

PasswordWorkers::~PasswordWorkers() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
    waiting_.clear();
  }
  changed_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

bool PasswordWorkers::check(wire::Bytes password, VerifierCopy verifier,
                            std::shared_ptr<ReturnPath> back, std::function<void(bool)> verdict) {
  {
    const std::lock_guard lock(mutex_);
    if (waiting_.size() >= waiting_max_) return false;
    waiting_.push_back(
        {std::move(password), std::move(verifier), std::move(back), std::move(verdict)});
    if (threads_.size() < threads_max_) threads_.emplace_back([this] { work(); });
  }
  changed_.notify_one();
  return true;
}

void PasswordWorkers::work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return ending_ || !waiting_.empty(); });
    if (ending_) return;
    Check check = std::move(waiting_.front());
    waiting_.pop_front();
    lock.unlock();
    const bool right = is_password_of(check.password, check.verifier);
    OPENSSL_cleanse(check.password.data(), check.password.size());
    check.back->post([verdict = std::move(check.verdict), right] { verdict(right); });
    lock.lock();
  }
}

}  // namespace trunkline::edge
