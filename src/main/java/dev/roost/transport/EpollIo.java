package dev.roost.transport;

import io.netty.channel.IoHandle;
import io.netty.channel.IoHandler;
import io.netty.channel.IoHandlerContext;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.IoOps;
import io.netty.channel.IoRegistration;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollIoOps;

/**
 * Epoll as the library does it, but for one thing. A socket that waits for nothing leaves epoll; the library (4.2.18) forgets that, so the next wait fails with "No such file or
 * directory", and what was to be sent is lost. So it is for clients that have ended their side while we are busy with their answer. Here such a socket enters anew. On the loop.
 */
final class EpollIo implements IoHandler {
  private final IoHandler epoll;

  private EpollIo(IoHandler epoll) {
    this.epoll = epoll;
  }

  /** Around the loops of another factory, which must be {@link EpollIoHandler}'s. */
  static IoHandlerFactory around(IoHandlerFactory factory) {
    return executor -> new EpollIo(factory.newHandler(executor));
  }

  @Override
  public IoRegistration register(IoHandle handle) throws Exception {
    return new Registration(handle, epoll.register(handle));
  }

  @Override
  public void initialize() {
    epoll.initialize();
  }

  @Override
  public int run(IoHandlerContext context) {
    return epoll.run(context);
  }

  @Override
  public void prepareToDestroy() {
    epoll.prepareToDestroy();
  }

  @Override
  public void destroy() {
    epoll.destroy();
  }

  @Override
  public void wakeup() {
    epoll.wakeup();
  }

  @Override
  public boolean isCompatible(Class<? extends IoHandle> type) {
    return epoll.isCompatible(type);
  }

  private final class Registration implements IoRegistration {
    private final IoHandle handle;
    private IoRegistration current;
    private boolean waitsForNothing;

    Registration(IoHandle handle, IoRegistration current) {
      this.handle = handle;
      this.current = current;
    }

    @Override
    public long submit(IoOps ops) {
      if (ops.equals(EpollIoOps.NONE)) {
        waitsForNothing |= current.cancel();
        return 0;
      }
      if (waitsForNothing) {
        enter();
      }
      return current.submit(ops);
    }

    private void enter() {
      try {
        current = epoll.register(handle);
        waitsForNothing = false;
      } catch (Exception e) {
        throw new IllegalStateException("A socket cannot be waited for", e);
      }
    }

    @Override
    public <T> T attachment() {
      return current.attachment();
    }

    @Override
    public boolean isValid() {
      return waitsForNothing || current.isValid();
    }

    @Override
    public boolean cancel() {
      boolean was = waitsForNothing;
      waitsForNothing = false;
      return was || current.cancel();
    }
  }
}
