# frozen_string_literal: true

module RabbitmqWebstomp
  # The steps of rabbitmq_webstomp_page's actions.
  module PageActions
    HEADERS = {
      'Content-Security-Policy' =>
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; " \
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'",
      'X-Content-Type-Options' => 'nosniff',
      'Referrer-Policy' => 'no-referrer',
      'Cross-Origin-Opener-Policy' => 'same-origin',
      'Cross-Origin-Resource-Policy' => 'same-origin',
      'Permissions-Policy' => 'camera=(), geolocation=(), microphone=()',
    }.freeze

    def release
      @release ||= Release.new(new_resource.path, new_resource.version, new_resource.sha256)
    end

    def tls?
      !new_resource.insecure
    end

    def check_page
      faults = []
      faults << 'tls_certificate and tls_key are needed; `insecure true` serves without TLS' if tls? && !(new_resource.tls_certificate && new_resource.tls_key)
      faults << 'insecure goes without tls_certificate and tls_key' if new_resource.insecure && (new_resource.tls_certificate || new_resource.tls_key)
      faults += headers.filter_map { |name, value| "headers: #{name} may hold no double quote, `$`, `\\` or line break" if "#{name}#{value}".match?(/["$\\\n]/) }
      raise ArgumentError, "#{new_resource}: #{faults.join('; ')}" unless faults.empty?
    end

    def headers
      hsts = tls? && new_resource.hsts_seconds.positive? ? { 'Strict-Transport-Security' => "max-age=#{new_resource.hsts_seconds}" } : {}
      HEADERS.merge(hsts).merge(new_resource.headers.transform_keys(&:to_s)).compact
    end

    def install_release
      declare_resource(:directory, ::File.join(new_resource.path, 'releases')) { recursive true }
      fetch_release unless release.present?
      unless release.current?
        converge_by("make release #{release.name} of the page current") { release.switch }
      end
      release.stale(new_resource.keep_releases).each do |folder|
        declare_resource(:directory, folder) do
          recursive true
          action :delete
        end
      end
    end

    def fetch_release
      archive = ::File.join(Chef::Config[:file_cache_path], "#{new_resource.site}-#{release.name}.tar.gz")
      from = new_resource.source.start_with?('/') ? "file://#{new_resource.source}" : new_resource.source
      sum = new_resource.sha256
      declare_resource(:remote_file, archive) do
        source from
        checksum sum
        mode '0644'
      end
      converge_by("unpack release #{release.name} of the page") do
        check_sum(archive)
        release.unpack(archive)
      end
      declare_resource(:file, archive) { action :delete }
    end

    # A checksum makes remote_file skip what it has; that what it got is right is looked at here.
    def check_sum(archive)
      got = Digest::SHA256.file(archive).hexdigest
      return if got == new_resource.sha256

      ::File.delete(archive)
      raise ArgumentError, "#{new_resource}: #{new_resource.source} has the SHA-256 #{got}, not #{new_resource.sha256}"
    end

    def site_path
      "/etc/nginx/sites-available/#{new_resource.site}"
    end

    def enabled_path
      "/etc/nginx/sites-enabled/#{new_resource.site}"
    end

    def site_file
      values = site_values
      reload = reload_resource
      declare_resource(:template, site_path) do
        source 'page.conf.erb'
        cookbook 'rabbitmq_webstomp'
        mode '0644'
        variables values
        verify { |candidate| NginxTest.new.passes?(candidate) }
        notifies :run, reload, :delayed
      end
      if new_resource.default_server
        declare_resource(:link, '/etc/nginx/sites-enabled/default') do
          action :delete
          notifies :run, reload, :delayed
        end
      end
      target = site_path
      declare_resource(:link, enabled_path) do
        to target
        notifies :run, reload, :delayed
      end
    end

    def site_values
      {
        id: new_resource.site, root: ::File.join(new_resource.path, 'current'), server_names: new_resource.server_names,
        tls: tls?, tls_certificate: new_resource.tls_certificate, tls_key: new_resource.tls_key,
        listen: new_resource.listen, http_listen: tls? ? new_resource.redirect_listen : [],
        https_port: new_resource.listen.first.to_s[/\d+\z/], default_server: new_resource.default_server,
        web_stomp: new_resource.web_stomp, visitors: visitors, connections_per_address: new_resource.connections_per_address,
        logins_per_minute: new_resource.logins_per_minute, logins_burst: new_resource.logins_burst, headers: headers,
        access_log: "/var/log/nginx/#{new_resource.site}.access.log", error_log: "/var/log/nginx/#{new_resource.site}.error.log"
      }
    end

    # Only on its own machine can nginx have an address for each client.
    def visitors
      new_resource.visitors if new_resource.web_stomp.start_with?('127.')
    end

    # Never with a configuration that nginx would not take: the running one goes on.
    def reload_resource
      find_resource(:execute, "nginx reads #{new_resource.site} anew") do
        command 'nginx -t -q && systemctl reload-or-restart nginx'
        action :nothing
      end
    end
  end
end
