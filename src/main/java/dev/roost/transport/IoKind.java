package dev.roost.transport;

import io.netty.channel.DefaultSelectStrategyFactory;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.uring.IoUring;
import io.netty.channel.uring.IoUringIoHandler;
import io.netty.channel.uring.IoUringServerSocketChannel;
import io.netty.util.internal.PlatformDependent;
import java.util.Locale;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** How the kernel is asked. {@link #AUTO} is epoll where there is one, NIO elsewhere; io_uring only on request. */
public enum IoKind {
  AUTO {
    @Override
    IoKind resolve() {
      if (Epoll.isAvailable()) {
        return EPOLL;
      }
      if (PlatformDependent.normalizedOs().equals("linux")) {
        log.warn("epoll cannot be used, so the slower nio is: {}. Where /tmp must not hold programs (noexec), start Java with -Dio.netty.native.workdir=FOLDER",
            Epoll.unavailabilityCause().toString());
      }
      return NIO;
    }
  },
  IO_URING {
    @Override
    IoKind resolve() {
      return required(this, IoUring.isAvailable(), IoUring.unavailabilityCause());
    }

    @Override
    IoHandlerFactory handlers() {
      return IoUringIoHandler.newFactory();
    }

    @Override
    Class<? extends ServerChannel> serverChannel() {
      return IoUringServerSocketChannel.class;
    }
  },
  EPOLL {
    @Override
    IoKind resolve() {
      return required(this, Epoll.isAvailable(), Epoll.unavailabilityCause());
    }

    @Override
    IoHandlerFactory handlers() {
      return EpollIo.around(EpollIoHandler.newFactory(MAX_EVENTS_PER_TURN, DefaultSelectStrategyFactory.INSTANCE));
    }

    @Override
    Class<? extends ServerChannel> serverChannel() {
      return EpollServerSocketChannel.class;
    }
  },
  NIO {
    @Override
    IoHandlerFactory handlers() {
      return NioIoHandler.newFactory();
    }

    @Override
    Class<? extends ServerChannel> serverChannel() {
      return NioServerSocketChannel.class;
    }
  };

  private static final Logger log = LoggerFactory.getLogger(IoKind.class);

  /**
   * Sockets that a turn of a loop looks at: without a bound, thousands that come or go at once are one turn of 40 ms, and what is written at its end waits as long. The kernel hands
   * out the rest in order.
   */
  private static final int MAX_EVENTS_PER_TURN = 256;

  /** The kind that is really used; throws IllegalStateException where the system does not have it. */
  IoKind resolve() {
    return this;
  }

  IoHandlerFactory handlers() {
    throw new IllegalStateException(this + " is not resolved");
  }

  Class<? extends ServerChannel> serverChannel() {
    throw new IllegalStateException(this + " is not resolved");
  }

  private static IoKind required(IoKind kind, boolean available, Throwable why) {
    if (!available) {
      throw new IllegalStateException(kind.name().toLowerCase(Locale.ROOT) + " is not available on this system: " + why.getMessage(), why);
    }
    return kind;
  }
}
