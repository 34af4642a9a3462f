package dev.roost.store;

class MemoryStoreTest extends StoreContract {

  @Override
  Store open() {
    return Stores.open("memory");
  }
}
