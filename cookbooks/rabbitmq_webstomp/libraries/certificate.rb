# frozen_string_literal: true

require 'openssl'

module RabbitmqWebstomp
  # Whether a certificate and a key will do. Pure.
  module Certificate
    PEM = /-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----/m.freeze

    module_function

    # @param chain [String] PEM of the certificate and those above it
    # @param key [String] PEM
    # @param ca [String, nil] PEM of those that others are trusted by
    # @param names [Array<String>] host names that it must be valid for
    # @return [String, nil] the first reason against it, in words without any of the key
    def fault(chain, key, ca, names, now = Time.now)
      certificates = read(chain)
      return 'certificate holds no PEM certificate' if certificates.empty?
      return 'ca holds no PEM certificate' if ca && read(ca).empty?

      private_key = OpenSSL::PKey.read(key, '')
      return 'key is not the key of this certificate' unless private_key.private? && certificates.first.check_private_key(private_key)

      validity_fault(certificates, now) || order_fault(certificates) || name_fault(certificates.first, names)
    rescue OpenSSL::X509::CertificateError => error
      "certificate cannot be read (#{error.message})"
    rescue OpenSSL::PKey::PKeyError
      'key is no PEM private key without a passphrase'
    end

    def read(pem)
      pem.to_s.scan(PEM).map { |text| OpenSSL::X509::Certificate.new(text) }
    end

    def validity_fault(certificates, now)
      over = certificates.find { |one| one.not_after < now }
      return "certificate #{over.subject} ran out on #{over.not_after.utc}" if over

      early = certificates.find { |one| one.not_before > now + 60 }
      "certificate #{early.subject} is valid from #{early.not_before.utc} on only" if early
    end

    def order_fault(certificates)
      pair = certificates.each_cons(2).find { |lower, upper| !lower.verify(upper.public_key) }
      "certificate: #{pair.first.subject} is not signed by the one that follows it, #{pair.last.subject}" if pair
    rescue OpenSSL::X509::CertificateError
      'certificate: its chain is not in order'
    end

    def name_fault(certificate, names)
      missing = names.reject { |name| OpenSSL::SSL.verify_certificate_identity(certificate, name) }
      "certificate is not valid for #{missing.join(', ')}" unless missing.empty?
    end
  end
end
