# frozen_string_literal: true

require 'base64'
require 'digest'
require 'openssl'
require 'securerandom'

module RabbitmqWebstomp
  # The broker's stored form of a password: base64(salt of 4 bytes + SHA-256(salt + password)), see
  # https://www.rabbitmq.com/docs/passwords
  module Password
    ALGORITHMS = {
      'rabbit_password_hashing_sha256' => Digest::SHA256,
      'rabbit_password_hashing_sha512' => Digest::SHA512,
    }.freeze
    ALGORITHM = 'rabbit_password_hashing_sha256'
    SALT_BYTES = 4

    # Passwords and cookies that stand in documentation, examples and other cookbooks: whoever uses one has none.
    WELL_KNOWN = %w(
      guest admin administrator password passw0rd changeme change_me secret rabbit rabbitmq monster hubble hubblecast
      test user default letmein bunny bugsbunny cookie erlang erlangcookie secretcookie secret_cookie mycookie
      rabbitmqcookie rabbitcookie anyalphanumericstringwilldo swordfish unsecurecookie
    ).freeze

    module_function

    def hash(password, salt = SecureRandom.random_bytes(SALT_BYTES))
      Base64.strict_encode64(salt + Digest::SHA256.digest(salt + password.b))
    end

    # Whether the broker's stored hash is this password's. False for an algorithm that is not known.
    def match?(password, stored_hash, algorithm = ALGORITHM)
      digest = ALGORITHMS[algorithm.to_s]
      stored = Base64.strict_decode64(stored_hash.to_s)
      return false unless digest && stored.bytesize > SALT_BYTES

      salt = stored.byteslice(0, SALT_BYTES)
      OpenSSL.secure_compare(stored.byteslice(SALT_BYTES..), digest.digest(salt + password.b))
    rescue ArgumentError
      false
    end

    def well_known?(secret)
      plain = secret.to_s.downcase
      WELL_KNOWN.include?(plain) || WELL_KNOWN.include?(plain.gsub(/[^a-z]/, ''))
    end

    # Words that end a sentence which names the property, or nil if the password will do.
    def fault(password, user = nil)
      return 'is empty' if password.empty?
      return 'is a well-known one: make a random one, for example with `openssl rand -hex 24`' if well_known?(password)
      return 'is the name of its user: make a random one' if user && password.casecmp?(user)

      'holds a control character' if password.match?(/[[:cntrl:]]/)
    end

    # The same for an Erlang cookie. Debian's package replaces a cookie of 20 capitals each time it is configured.
    def cookie_fault(cookie)
      return 'is a well-known one: make a random one, for example with `openssl rand -hex 32`' if well_known?(cookie)
      return 'must have 32 to 255 characters' unless cookie.length.between?(32, 255)

      'may hold only printable ASCII characters, and no space' unless cookie.match?(/\A[!-~]+\z/)
    end
  end
end
