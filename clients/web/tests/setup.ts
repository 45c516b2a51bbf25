/** Every test gets an IndexedDB of its own making; nothing here sleeps. */
import 'fake-indexeddb/auto'
